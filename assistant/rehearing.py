"""Words that are no command but nearly one: the recogniser hears the sound again, told what to expect.

    words -> no command, yet they speak of a tool -> the same sound again, with that tool's phrases as a hint
                                                   -> the sentence of the grammar nearest to what was heard, or none

An everyday command never comes here, nor an open question; what does has the silence that open words wait anyway.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace

from assistant.errors import AssistantError
from assistant.hear.asr import Recognizer
from assistant.hear.wakephrase import strip_wake
from assistant.korean.wake import wake_prompt
from assistant.think.misheard import Heard
from assistant.think.understanding import Understanding
from assistant.types import Transcript, Utterance


async def heard_again(
    recognizer: Recognizer, understanding: Understanding, utterance: Utterance, text: str, wake_phrase: str
) -> str:
    """The command that was meant by `text`, which was heard in the utterance; the text itself where none is clear."""
    topic = understanding.topic(text)
    if topic is None:
        return text
    readings: tuple[Transcript, ...] = ()
    called = wake_prompt(wake_phrase, understanding.tongue) if utterance.after_wake else ""
    hint = f"{topic.hint}. {called}" if called else topic.hint
    with contextlib.suppress(AssistantError):  # what was heard first stands
        readings = await recognizer.again(utterance.samples, hint=hint)
    if utterance.after_wake:
        readings = tuple(replace(one, text=strip_wake(one.text, wake_phrase)) for one in readings)
    return understanding.meant(Heard(first=text, skill=topic.skill, readings=readings)) or text
