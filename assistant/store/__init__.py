"""What the assistant promised: timers that survive crashes and power loss, and the scheduler that keeps them."""
