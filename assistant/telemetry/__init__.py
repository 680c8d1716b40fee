"""Log and figures: only observes events."""
