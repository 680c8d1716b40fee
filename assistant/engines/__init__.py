"""One adapter file per third-party library, which no other file imports; adapters are loaded by name only."""
