"""Korean: how its numbers, times and sentences are read, and how values are told in it. Pure; imports no stage."""
