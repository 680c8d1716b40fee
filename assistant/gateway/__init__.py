"""The server side of the subscription: activation, entitlements, billing, and a metered way to cloud models."""
