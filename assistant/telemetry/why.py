"""Why the assistant did what it did in a turn, in one plain sentence; pure."""

from __future__ import annotations

from assistant.store.history import Entry, OpenedBy, Outcome, TurnRecord
from assistant.think.answered import WHY
from assistant.think.claim_guard import BLOCKED_CLAIM
from assistant.think.taint import BLOCKED

REASONS = {
    "grammar": "the grammar knew it as {call}",
    "answer_to_question": "it answered what I had asked, which made it {call}",
    "corrected": "it corrected the command before, which made it {call}",
    "taken_back": "it took back the command before",
    "referred": "it spoke of what the command before was about, which made it {call}",
    "answer": "that was the answer to the skill's question",
    "confirmation": "that was the answer to my question whether to do it",
    "confirmed": "that was the yes I had asked for before {call}",
    "declined": "that was a no to what I had asked, so nothing was done",
    "caller_sure": "the tool caller was sure that it meant {call}",
    "caller_asks": "the tool caller took it for {call} but was not sure, so I asked first",
    "talker_sure": "the language model was sure that it meant {call}",
    "talker_asks": "the language model took it for {call} but was not sure, so I asked first",
    "tainted": "it was taken for {call}, but words from outside were part of the conversation, so I left it",
    "open_question": "it is none of the commands I know, so the language model answered",
    "more": "that asked for more of the last answer, so the language model went on",
    "talker_not_ready": "it is none of the commands I know, and the language model was not ready to answer",
    "stop_word": "that is a stop word",
    "why": "that asked for the reasons of the turn before",
    "offer_taken": "that was the yes to hearing more of the plan",
    "offer_declined": "that was a no to the plan, which is not mentioned again",
    "account": "that asked about the answer before, or about the cloud",
    "kept_here": "that was a no to sending it, so it stayed here",
    "agreed": "that was the yes to asking the cloud model, which was asked then",
    "local_refused": "it is none of the commands I know, and the language model had no answer, so the cloud model was "
    "asked",
    "local_unsure": "it is none of the commands I know, and the language model was not sure of its answer, so "
    "the cloud model was asked",
}
"""Every reason code of `RouteDecision` in words; `{call}` is the tool with its arguments."""
_ACTING = frozenset(
    {"grammar", "answer_to_question", "corrected", "referred", "confirmed", "caller_sure", "talker_sure"}
)
_WHERE: dict[OpenedBy, str] = {"follow_up": " right after an answer", "interruption": " over an answer"}
_BY = {"wake": " with the wake word", "stop": " with a stop word", "speech": " by saying something else"}
MAX_QUOTED_CHARS = 200
MAX_VALUE_CHARS = 40


def printable(text: str, at_most: int | None = None) -> str:
    """Text that does nothing to a terminal: on one line, no control or direction characters, cut to `at_most`."""
    words = "".join(char if char.isprintable() else " " for char in text).split()
    line = " ".join(words)
    return line if at_most is None or len(line) <= at_most else f"{line[: at_most - 3].rstrip()}..."


def explain(entry: Entry) -> str:
    """What was said, what it was taken for, what came of it, and how the turn ended.

    Example: You said "set a timer for ten minutes"; the grammar knew it as timer.set (minutes 10), and it was done.
    """
    record = entry.record
    parts = [_said(entry), _reason(record) + _results(record), _ending(record)]
    return "; ".join(part for part in parts if part) + "."


def outcome(record: TurnRecord) -> str:
    """What was done, in a few words."""
    done = [f"{printable(r.tool) or 'words'} {_in_a_word(r)}" for r in record.results]
    if record.error:
        done.append("error")
    if record.route in ("talker", "cloud") and (record.reply or record.heard_words):
        done.append("answered")
    if record.ended == "stopped":
        done.append("alarm silenced" if record.silenced else "silence")
    elif record.ended == "interrupted":
        done.append("broken off")
    if not done:
        other = {
            "caller_asks": "asked back",
            "talker_asks": "asked back",
            "declined": "left alone",
            "talker_not_ready": "could not answer",
        }
        done.append(other.get(record.reason, "nothing"))
    return ", ".join(done)


def _in_a_word(result: Outcome) -> str:
    return "done" if result.ok else "withheld" if result.error in (BLOCKED, BLOCKED_CLAIM) else "failed"


def _said(entry: Entry) -> str:
    if entry.record.wordless:
        return "Your words were not kept"
    if not entry.heard:
        return "I could not make out what you said"
    said = f'"{printable(entry.heard, MAX_QUOTED_CHARS)}"'
    opened_by = entry.record.opened_by
    return f"You typed {said}" if opened_by == "typed" else f"You said {said}{_WHERE.get(opened_by, '')}"


def _reason(record: TurnRecord) -> str:
    if not record.reason:
        return ""
    if record.reason in WHY and record.reason not in REASONS:
        who = "the cloud model was asked" if record.route == "cloud" else "the question stayed on this device"
        return f"it is none of the commands I know, and {who}, because {WHY[record.reason]}"
    words = REASONS.get(record.reason, "the reason was " + printable(record.reason).replace("{", "").replace("}", ""))
    return words.format(call=_call(record))


def _call(record: TurnRecord) -> str:
    if record.tool is None:
        return "a command"
    values = [f"{name} {value}" for name, value in record.arguments.items() if value not in (None, "")]
    told = ", ".join(printable(value, MAX_VALUE_CHARS) for value in values)
    return f"{printable(record.tool)} ({told})" if told else printable(record.tool)


def _results(record: TurnRecord) -> str:
    """What became of the calls."""
    results = record.results
    if record.ended == "stopped":
        return ", so I silenced the alarm" if record.silenced else ", so I fell silent"
    if any(r.error == BLOCKED_CLAIM for r in results):
        return ", but it claimed a deed that was not done, so that was not said"
    if not results:
        if record.reason in _ACTING:
            return ", but it was broken off before anything was done"
        return ""
    if record.reason not in _ACTING:  # the language model called on its own
        if record.reason == "tainted":
            return ""
        tools = " and ".join(printable(r.tool) + _how_ended(r) for r in results)
        return f" with the help of {tools}"
    if all(r.ok for r in results):
        return ", and it was done" if len(results) == 1 else f", and all {len(results)} calls were done"
    if len(results) == 1:
        said = f': "{printable(record.reply, MAX_QUOTED_CHARS).rstrip(".")}"' if record.reply else ""
        return f", but that failed{said}"
    return ", and " + ", ".join(f"{printable(r.tool)} {'was done' if r.ok else 'failed'}" for r in results)


def _how_ended(result: Outcome) -> str:
    if result.error == BLOCKED:
        return ", which I withheld because words from outside were part of the conversation"
    return "" if result.ok else ", which failed"


def _ending(record: TurnRecord) -> str:
    words = len(record.reply.split())
    heard = record.heard_words if record.wordless else min(record.heard_words, words)
    if record.ended == "stopped":
        return ""
    if record.ended == "interrupted":
        when = f"after {heard} of its words" if heard else "before any of it was heard"
        return f"you broke the answer off{_BY.get(record.by, '')}, {when}"
    if record.ended == "failed":
        message = printable(record.message, MAX_QUOTED_CHARS).rstrip(".") or printable(record.error)
        return f"something went wrong on the way ({message})"
    if record.ended == "unfinished":
        return "I was shut down before the turn was over"
    if not record.reason:
        return "there was nothing to answer"
    if heard < words and not record.wordless:
        return f"only {heard} of the {words} words of the answer were heard"
    return ""
