"""What one can say, and the last answer once more."""

from __future__ import annotations

from assistant.skill import Reply, Skill, tool


class Help(Skill):
    @tool(
        fast=[
            "help [me]",
            "what can (you do|i say|i ask [you|for]|you help [me] with)",
            "what (all|else) can (you do|i ask [you]|i say)",
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
        """Tell what the assistant can do, with an example for each skill."""
        first = [examples[0] for skill, examples in self.context.examples.items() if skill != "help" and examples]
        return self.reply("abilities", data={"examples": first}, examples=" ".join(first))

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
