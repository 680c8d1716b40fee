"""Sound in and out: the audio process, its supervision, sound files and tones."""
