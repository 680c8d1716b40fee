"""What surrounds a skill: its manifest, its context, its calls and questions, its strikes."""
