"""What one can say, the last answer once more, and the language that is spoken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from assistant.skill import Context, Reply, Skill, tool

AT_ONCE = 4
"""Examples that are told in one go: ten seconds of speech; who wants more says "what else"."""
FIRST = ("timer", "lists", "reminder", "calculator")
"""What most people want first; the others follow in the order of their names."""


class Help(Skill):
    def __init__(self, context: Context, texts: Mapping[str, str]) -> None:
        super().__init__(context, texts)
        self._told = 0

    @tool(
        fast=[
            "help [me]",
            "what can (you do|i say|i ask [you|for]|you help [me] with)",
            "what all can (you do|i ask [you]|i say)",
            "what (things|kind of things|kinds of things|sort of things) can (you do|i ask [you]|i say)",
            "what (questions|[kind|kinds|sort|sorts|type|types] of (questions|things)) can (you answer|i ask [you])",
            "what are you (able to do|capable of [doing])",
            "what do you do",
            "how can you help [me]",
            "what you can do",
            "what i can (ask|say) [you]",
            "(what are|list) your (skills|abilities|commands|features|capabilities)",
        ],
    )
    async def abilities(self) -> Reply:
        """Tell what the assistant can do, with examples of four skills."""
        self._told = 0
        return self._tell_more()

    @tool(
        fast=[
            "what else can (you do|i ask [you]|i say|you help [me] with)",
            "what else (do you do|are you able to do|are you capable of [doing])",
            "(what are|list) your other (skills|abilities|commands|features|capabilities)",
        ],
    )
    async def more_abilities(self) -> Reply:
        """Tell what else the assistant can do, with examples of the next four skills."""
        return self._tell_more()

    def _tell_more(self) -> Reply:
        examples = self._examples()
        if self._told >= len(examples):
            self._told = 0
        told = examples[self._told : self._told + AT_ONCE]
        self._told += len(told)
        key = "abilities_more" if self._told < len(examples) else "abilities"
        return self.reply(key, data={"examples": told}, examples=" ".join(told))

    def _examples(self) -> Sequence[str]:
        """One of each skill but this one, those of `FIRST` first."""
        found = {skill: each[0] for skill, each in self.context.examples.items() if skill != "help" and each}
        ranked = sorted(found, key=lambda skill: FIRST.index(skill) if skill in FIRST else len(FIRST))
        return [found[skill] for skill in ranked]

    @tool(
        fast=[
            "(repeat|say) (that|it|this|what you [just] said) [again|once more|one more time]",
            "(repeat|say) the last (thing|part|answer|sentence) [again|once more|one more time]",
            "repeat (your|the) [last] (answer|question)",
            "(repeat|again|once more|one more time|come again|pardon|pardon me|say again)",
            "i beg your pardon",
            "what did you [just] say",
            "what (was that|did you say) [again]",
            "what you [just] said",
            "(hear|i want to hear) (that|it) (again|once more|one more time)",
            "i (did not|could not) (hear|catch|understand) (that|you|it|what you said)",
            "(tell me|say it) (again|once more|one more time)",
        ],
    )
    async def repeat(self) -> Reply:
        """Say again what the assistant said last."""
        said = self.context.said.strip()
        return Reply(speech=said) if said else self.reply("nothing_said")

    @tool(
        fast=[
            "(speak|talk|answer) [to me|with me] [in] {language} [from now on]",
            "(switch|change) [the language] to {language}",
            "(set|change|switch) [the] language to {language}",
            "(speak|talk|answer|understand) (both languages|english and korean|korean and english)",
        ],
        never=["talk", "speak", "answer"],
        lists={"language": {"english": "en", "korean": "ko", "hangul": "ko"}},
        effect="change",
    )
    async def speak(self, language: Literal["en", "ko", "auto"] = "auto") -> Reply:
        """Speak English or Korean with the user from now on."""
        self.context.speak(language)
        return self.reply("speaks_both" if language == "auto" else "speaks", data={"language": language})
