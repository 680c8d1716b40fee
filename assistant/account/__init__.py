"""The device's side of a subscription."""
