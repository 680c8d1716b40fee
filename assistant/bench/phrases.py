"""What the person of the latency bench says: commands, questions, what follows them, and what interrupts them.

Timers are long or cancelled soon, so that none rings into the measurement. "Stop" is not among them: its right answer
is silence, which has no latency to measure.
"""

from __future__ import annotations

COMMANDS = (
    "What time is it?",
    "Set a timer for forty five minutes.",
    "What day is it today?",
    "What is twelve times eight?",
    "How long left on the timer?",
    "Cancel the timer.",
    "What's the date?",
    "Set a pasta timer for thirty five minutes.",
    "How many grams are in a pound?",
    "What is fifteen percent of eighty?",
    "How much time is left on the pasta timer?",
    "Cancel the pasta timer.",
    "Repeat that.",
    "What can you do?",
    "Convert five miles to kilometers.",
    "Set a timer for one hour and twenty minutes.",
    "Cancel all timers.",
    "What's seventy two divided by nine?",
    "Tell me the time.",
    "How many feet are in two meters?",
    "Set a laundry timer for fifty minutes.",
    "Which timers are running?",
    "Cancel the laundry timer.",
    "What day of the week is it?",
    "What is one hundred minus thirty seven?",
    "Convert three hundred fifty degrees Fahrenheit to Celsius.",
    "Set a timer for ninety minutes.",
    "How long is left?",
    "Cancel my timer.",
    "What is the square root of eighty one?",
    "How many cups are in a liter?",
    "Set a bread timer for forty minutes.",
    "Cancel the bread timer.",
    "What's today's date?",
    "Add nineteen and twenty three.",
    "Can you say that again?",
)

QUESTIONS = (
    "Why is the sky blue?",
    "How do bees make honey?",
    "What causes the tides?",
    "Why do cats purr?",
    "How does a refrigerator work?",
    "Who was Marie Curie?",
    "What is photosynthesis?",
    "Why do leaves change color in autumn?",
    "How are rainbows formed?",
    "What is the difference between a crocodile and an alligator?",
    "Why do we dream?",
    "How does bread rise?",
    "What makes the sea salty?",
    "How do airplanes stay in the air?",
    "Why is ice slippery?",
    "What is a black hole?",
    "How do vaccines work?",
    "Who painted the Mona Lisa?",
    "Why do onions make you cry?",
    "How does the heart pump blood?",
    "What is the capital of Australia?",
    "Why do birds migrate?",
    "How does a microwave oven heat food?",
    "What is the largest animal on earth?",
    "Why does the moon have phases?",
    "How do fish breathe under water?",
    "What was the Renaissance?",
    "How is glass made?",
    "Why do stars twinkle?",
    "What is the best way to store tomatoes?",
    "How do earthquakes happen?",
    "Tell me something about penguins.",
)

FOLLOW_UPS = (
    ("What time is it?", "What day is it today?"),
    ("What is twelve times eight?", "What is fifteen percent of eighty?"),
    ("Set a timer for forty five minutes.", "How long is left?"),
    ("What day of the week is it?", "Tell me the time."),
    ("Set a pasta timer for thirty five minutes.", "Cancel the pasta timer."),
    ("Convert five miles to kilometers.", "How many feet are in two meters?"),
    ("Which timers are running?", "Cancel all timers."),
    ("How many grams are in a pound?", "How many cups are in a liter?"),
    ("Tell me the time.", "Set a timer for ninety minutes."),
    ("What's the date?", "Which timers are running?"),
    ("What is one hundred minus thirty seven?", "What is the square root of eighty one?"),
    ("How long left on the timer?", "Cancel the timer."),
)
"""What is said after the wake word, and, while the assistant still listens, without it."""

LONG_ANSWERS = (
    "How does a refrigerator work?",
    "What can you do?",
    "How do bees make honey?",
    "What is photosynthesis?",
    "Why do leaves change color in autumn?",
    "What can you do?",
    "Who was Marie Curie?",
    "What is the difference between a crocodile and an alligator?",
)
"""What is answered in several sentences, so that there is something to talk into."""

BARGE_INS = (
    "Stop.",
    "What time is it?",
    "Stop.",
    "Set a timer for forty five minutes.",
    "Stop.",
    "Cancel all timers.",
    "Stop.",
    "What day is it today?",
)

PAUSED = (
    "Set a timer for, forty five minutes.",
    "What is the square root, of eighty one?",
    "How long is left, on the timer?",
    "What is the difference, between a crocodile and an alligator?",
    "How many cups, are in a liter?",
    "What is the best way, to store tomatoes?",
    "Which timers, are running?",
    "Why do leaves, change color in autumn?",
    "Convert five miles, to kilometers.",
    "How does a microwave oven, heat food?",
    "Cancel, all timers.",
    "What is the largest animal, on earth?",
)
"""At the comma the person stops to think. Before it stands what sounds unfinished, or, worse, already whole."""
