"""One adapter file per third-party library; no other file imports that library, and nothing imports these but by name."""
