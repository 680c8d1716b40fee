"""Benches: the assistant measured from outside, on recorded speech and in a virtual room, as a person would meet it."""
