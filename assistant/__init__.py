"""A voice assistant that lives on your own device."""

__version__ = "0.1.0"
