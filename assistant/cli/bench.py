"""`assistant bench`: measure this machine; a table for people, figures for machines."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from assistant.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Measure.\n\nExample: assistant bench asr --data DATA")

Data = Annotated[Path | None, typer.Option(help="A folder of recordings with manifests.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object with all figures.")]
Details = Annotated[Path | None, typer.Option(help="Write one JSON line for every item to this file.")]


Kinds = Literal["command", "question", "follow_up", "barge_in", "pause", "both", "all"]
GROUPS = {"both": ("command", "question"), "all": ("command", "question", "follow_up", "barge_in", "pause")}


@app.command()
def latency(
    data: Data = None,
    turns: Annotated[int, typer.Option(min=1, help="Turns of each kind.")] = 30,
    kind: Annotated[Kinds, typer.Option(help="Which kind of turn; both: commands and questions.")] = "both",
    noise: Annotated[Path | None, typer.Option(help="A sound that goes on in the room all the time.")] = None,
    noise_db: Annotated[float, typer.Option(help="Its level against the person's voice.")] = -12.0,
    echo_db: Annotated[float, typer.Option(help="How loud the microphone hears the loudspeaker.")] = -12.0,
    peer: Annotated[bool, typer.Option("--peer", help="A plain pipeline of the same models beside it.")] = False,
    details: Details = None,
    as_json: Json = False,
) -> None:
    """End of speech to the first audible sound of the answer, on recordings of a virtual room with the real daemon.

    Of interruptions: onset of speech to the silent loudspeaker. Example: assistant bench latency --kind all --peer
    """
    from assistant.bench.latency import LatencySettings, run_latency

    if noise is not None and not noise.is_file():
        raise UsageError(f"There is no file {noise}.", fix="Name a sound with --noise.")
    kinds: Any = GROUPS.get(kind, (kind,))
    models, overrides = _peer_models() if peer else (None, {})
    settings = LatencySettings(
        turns=turns,
        kinds=kinds,
        data=data,
        details=details,
        echo_db=echo_db,
        noise=noise,
        noise_db=noise_db,
        peer=models,
        overrides=overrides,
    )
    _report(run_latency(settings, _progress), as_json)


def _peer_models() -> tuple[Any, dict[str, Any]]:
    """The models of the tier for the peer, and the setting that holds the assistant to the same ones."""
    from assistant.assembly import choose_models
    from assistant.bench.peer import PeerModels
    from assistant.catalog import Catalog, free_memory_bytes
    from assistant.config import load_config
    from assistant.paths import find_paths

    choice = choose_models(load_config(None), free_memory_bytes())
    catalog = Catalog.load(find_paths().models)

    def file(model: str) -> Path:
        return catalog.path(model) / catalog.entry(model).main.name

    models = PeerModels(asr=catalog.path(choice.asr), talker=file(choice.talker), voice=file(choice.tts))
    return models, {"models.asr": choice.asr, "models.talker": choice.talker, "models.tier": choice.tier}


@app.command()
def asr(
    data: Data = None,
    model: Annotated[str | None, typer.Option(help="A recogniser of the catalog; else that of the tier.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many sounds of each folder.")] = None,
    details: Details = None,
    as_json: Json = False,
) -> None:
    """Word errors and time of the recogniser beside the same model padded to 30 s; words heard in noise and silence.

    Example: assistant bench asr --data DATA
    """
    from assistant.bench.asr import AsrSettings, run_asr

    folder = _folder(data)
    settings = AsrSettings(model=_recogniser(model), limit=limit, details=details)
    _report(run_asr(folder, settings, _progress), as_json)


@app.command("after-wake")
def after_wake(
    data: Data = None,
    model: Annotated[str | None, typer.Option(help="A recogniser of the catalog; else that of the tier.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many sounds of each kind.")] = None,
    as_json: Json = False,
) -> None:
    """Word errors behind the wake word, in two ways of telling the recogniser of it, and words heard in noises there.

    Example: assistant bench after-wake --data DATA
    """
    from assistant.bench.afterwake import run_after_wake

    _report(run_after_wake(_folder(data), _recogniser(model), limit, _progress), as_json)


@app.command()
def wake(
    data: Data = None,
    word: Annotated[str, typer.Option(help="Which built-in word.")] = "alexa",
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many clips of each folder.")] = None,
    details: Details = None,
    as_json: Json = False,
) -> None:
    """Misses of a wake word, clean and in noise, and false alarms over everything that is not the word.

    Example: assistant bench wake --data DATA --word alexa
    """
    from assistant.bench.wake import run_wake

    _report(run_wake(_folder(data), word, limit, details, progress=_progress), as_json)


@app.command()
def vad(data: Data = None, details: Details = None, as_json: Json = False) -> None:
    """Speech detection on labelled meetings, by frames.

    Example: assistant bench vad --data DATA
    """
    from assistant.bench.vad import run_vad

    _report(run_vad(_folder(data)), as_json)


@app.command()
def endpoint(
    data: Data = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many sounds of each folder.")] = None,
    details: Details = None,
    words: Annotated[bool, typer.Option(help="Recognise the words and take their hint.")] = True,
    as_json: Json = False,
) -> None:
    """End of turn: how long a finished command waits, and how often a pause inside a sentence cuts the person off.

    Example: assistant bench endpoint --data DATA
    """
    from assistant.assembly import TURN_MODEL
    from assistant.bench.endpoint import EndpointBench, run_endpoint
    from assistant.bench.hints import load_hints
    from assistant.catalog import Catalog
    from assistant.paths import find_paths

    folder = Catalog.load(find_paths().models).path(TURN_MODEL)
    hints = load_hints(_recogniser(None)) if words else None
    bench = EndpointBench(model=folder, words=hints, limit=limit, details=details)
    _report(run_endpoint(_folder(data), bench, _progress), as_json)


@app.command()
def idle(
    seconds: Annotated[float, typer.Option(min=1, help="How long to watch.")] = 60.0, as_json: Json = False
) -> None:
    """Start-up time, processor and memory while nobody speaks, with the real daemon in a virtual room.

    Example: assistant bench idle
    """
    from assistant.bench.idle import run_idle

    _report(run_idle(seconds), as_json)


@app.command()
def selfhearing(
    answers: Annotated[int, typer.Option(min=1, help="How many spoken answers.")] = 20,
    echo_db: Annotated[float, typer.Option(help="How loud the microphone hears the loudspeaker.")] = 0.0,
    as_json: Json = False,
) -> None:
    """Whether the assistant interrupts or answers itself while nobody speaks, in the virtual room.

    Example: assistant bench selfhearing --answers 20 --echo-db 0
    """
    from assistant.bench.selfhearing import SelfHearing, run_selfhearing

    _report(run_selfhearing(SelfHearing(answers=answers, echo_db=echo_db), _progress), as_json)


@app.command()
def doubletalk(
    data: Data = None,
    model: Annotated[str | None, typer.Option(help="A recogniser of the catalog; else that of the tier.")] = None,
    level_db: Annotated[float, typer.Option(help="How loud our voice is against the person's.")] = 0.0,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many sentences.")] = None,
    details: Details = None,
    as_json: Json = False,
) -> None:
    """Word errors of what somebody says over our own voice, echo cancelled, beside the same sentences without it.

    Example: assistant bench doubletalk --data DATA --level-db 0
    """
    from assistant.bench.doubletalk import DoubleTalk, run_doubletalk

    folder = _folder(data)
    settings = DoubleTalk(model=_recogniser(model), level_db=level_db, limit=limit, details=details)
    _report(run_doubletalk(folder, settings, _progress), as_json)


@app.command()
def interjections(
    data: Data = None,
    answers: Annotated[int, typer.Option(min=1, help="How many spoken answers.")] = 28,
    echo_db: Annotated[float, typer.Option(help="How loud the microphone hears the loudspeaker.")] = -12.0,
    details: Details = None,
    as_json: Json = False,
) -> None:
    """Whether coughs, doors, keys, "mhm" and kitchen noise leave a spoken answer alive, in the virtual room.

    Example: assistant bench interjections --data DATA --answers 100
    """
    from assistant.bench.interjections import Interjections, run_interjections

    folder = None if data is None else _folder(data)
    settings = Interjections(answers=answers, echo_db=echo_db, data=folder, details=details)
    _report(run_interjections(settings, _progress), as_json)


def _recogniser(model: str | None) -> Path:
    """The folder of the named recogniser, or of the one that the tier of this machine has."""
    from assistant.assembly import choose_models
    from assistant.catalog import Catalog, free_memory_bytes
    from assistant.config import load_config
    from assistant.paths import find_paths

    paths = find_paths()
    choice = choose_models(load_config(paths.config_file), free_memory_bytes())
    return Catalog.load(paths.models).path(model or choice.asr)


@app.command()
def skills(as_json: Json = False) -> None:
    """What fifteen skills with three hundred templates cost: time to load, to match a sentence, and memory.

    Example: assistant bench skills
    """
    from assistant.bench.skills import run_skills

    _report(run_skills(_progress), as_json)


@app.command()
def control(
    data: Data = None,
    caller: Annotated[bool, typer.Option(help="Let the tool caller answer what the grammar does not.")] = True,
    talker: Annotated[bool, typer.Option(help="Let the language model answer the rest.")] = True,
    details: Details = None,
    as_json: Json = False,
) -> None:
    """Device control in homes of a data set: right is what changes exactly what should change, and nothing else.

    Example: assistant bench control --data DATA --no-talker
    """
    from assistant.bench.control import ControlSettings, run_control

    settings = ControlSettings(caller=caller, talker=talker, details=details)
    _report(run_control(_folder(data), settings, _progress), as_json)


@app.command()
def commands(
    data: Data = None,
    model: Annotated[str | None, typer.Option(help="A recogniser of the catalog; else that of the tier.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many sounds of each folder.")] = None,
    all_skills: Annotated[bool, typer.Option(help="With all skills on beside the one of the commands.")] = False,
    details: Details = None,
    as_json: Json = False,
) -> None:
    """Spoken commands of a schema in kitchen noise, 6 to 24 dB: right is the intent with every slot; and what other
    speech is taken for one.

    Example: assistant bench commands --data DATA
    """
    from assistant.bench.commands import CommandSettings, run_commands

    folder = _folder(data)
    settings = CommandSettings(model=_recogniser(model), limit=limit, all_skills=all_skills, details=details)
    _report(run_commands(folder, settings, _progress), as_json)


@app.command()
def tools(
    data: Data = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many of each set, by chance; else 40.")] = None,
    details: Details = None,
    as_json: Json = False,
) -> None:
    """Calls of functions never seen before (simple, multiple, irrelevance), and what is out of scope left alone.

    Example: assistant bench tools --data DATA --limit 100
    """
    from assistant.bench.tools import run_tools

    _report(run_tools(_folder(data), limit, details, _progress), as_json)


@app.command()
def intents(
    data: Data = None,
    lang: Annotated[str, typer.Option(help="The language of the sentences: en or ko.")] = "en",
    details: Details = None,
    as_json: Json = False,
) -> None:
    """Exact intent and slots on Home Assistant's test sentences, for what the home skill can do; the grammar alone.

    Example: assistant bench intents --data DATA --lang ko
    """
    from assistant.bench.intents import run_intents
    from assistant.language import LANGUAGES

    language = next((one for one in LANGUAGES if one == lang), None)
    if language is None:
        raise UsageError(f"There are no sentences in {lang}.", fix="Choose en or ko.")
    _report(run_intents(_folder(data), details, _progress, language), as_json)


@app.command()
def claims(data: Data = None, details: Details = None, as_json: Json = False) -> None:
    """Requests that nothing here can grant: how often the language model is kept from claiming that it did them.

    Example: assistant bench claims --data tests/think/impossible.txt --details answers.jsonl
    """
    from assistant.bench.claims import read_requests, run_claims

    if data is None:
        raise UsageError("This benchmark needs requests.", fix="Name their file: --data FILE")
    _report(run_claims(read_requests(data), details, _progress), as_json)


@app.command()
def wishes(
    data: Data = None,
    home: Annotated[Path | None, typer.Option(help="The home in which they are said, a YAML file.")] = None,
    grammar: Annotated[bool, typer.Option(help="Let the grammar answer what it knows.")] = True,
    caller: Annotated[bool, typer.Option(help="Let the tool caller answer what the grammar does not.")] = True,
    talker: Annotated[bool, typer.Option(help="Let the language model choose tools for the rest.")] = True,
    details: Details = None,
    as_json: Json = False,
) -> None:
    """Wishes in free words: by the step that decided, what was done rightly, wrongly, asked about, or left to words.

    Example: assistant bench wishes --data tests/think/wishes.tsv --home tests/think/wishes_home.yaml
    """
    from assistant.bench.wishes import Steps, read_wishes, run_wishes

    if data is None or home is None:
        raise UsageError("This benchmark needs wishes and a home.", fix="Name the files: --data FILE --home FILE")
    steps = Steps(grammar=grammar, caller=caller, talker=talker, details=details)
    _report(run_wishes(list(read_wishes(data)), home, steps, _progress), as_json)


@app.command()
def dialogues(
    data: Data = None,
    home: Annotated[Path | None, typer.Option(help="The home in which they take place, a YAML file.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many dialogues.")] = None,
    only: Annotated[str | None, typer.Option(help="Only dialogues with these letters in their name.")] = None,
    typed: Annotated[bool, typer.Option("--typed", help="In writing: what fails is not the hearing.")] = False,
    details: Details = None,
    as_json: Json = False,
) -> None:
    """Spoken conversations of several turns: a voice speaks, the real loop answers, a recogniser hears the answers.

    With --details what is finished is kept, and the next run goes on from there.
    Example: assistant bench dialogues --data tests/dialogues --home tests/think/wishes_home.yaml
    """
    from assistant.bench.dialogue_file import read_dialogues
    from assistant.bench.dialogues import Setting, run_dialogues

    if data is None or home is None:
        raise UsageError("This benchmark needs dialogues and a home.", fix="Name them: --data FOLDER --home FILE")
    chosen = [one for one in read_dialogues(data) if only is None or only in one.name][:limit]
    if not chosen:
        raise UsageError(f"No dialogue has '{only}' in its name.")
    _report(run_dialogues(chosen, Setting(home=home, details=details, typed=typed), _progress), as_json)


@app.command()
def questions(
    data: Data = None,
    talker: Annotated[bool, typer.Option(help="Let the language model answer the rest.")] = False,
    details: Details = None,
    as_json: Json = False,
) -> None:
    """Questions (a file of lines AREA, tab, QUESTION): none may change a home, a promise or a list.

    Example: assistant bench questions --data tests/think/questions.tsv --talker
    """
    from assistant.bench.questions import run_questions

    if data is None:
        raise UsageError("This benchmark needs questions.", fix="Name their file: --data FILE")
    _report(run_questions(data, talker=talker, details=details, progress=_progress), as_json)


@app.command()
def router(
    data: Data = None,
    home: Annotated[Path | None, typer.Option(help="The home in which wishes are said, a YAML file.")] = None,
    weak: Annotated[str, typer.Option(help="The model that answers here; else that of the tier standard.")] = "",
    strong: Annotated[str, typer.Option(help="A model, or reference: the set's own answers.")] = "reference",
    answers: Annotated[Path | None, typer.Option(help="Where answers are kept; else DATA/answers.")] = None,
    provider: Annotated[str, typer.Option(help="Whose prices count, by its id in the catalogue.")] = "openai",
    seconds: Annotated[float, typer.Option(min=0, help="Stop after so long; the next run goes on. 0: never.")] = 0.0,
    models: Annotated[bool, typer.Option(help="Let the models answer what is missing.")] = True,
    fit: Annotated[
        Path | None, typer.Option(help="Fit the weights (all, or of --weak and --strong) into this file.")
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="Weights in place of the packaged ones.")] = None,
    as_json: Json = False,
) -> None:
    """Which turns need a stronger model: APGR, CPT, cost and leaks of the router beside an oracle and chance.

    Models answer what is not answered in the files yet (--no-models: figures of what is there).
    Example: assistant bench router --data tests/router --home tests/think/wishes_home.yaml
    """
    from assistant.assembly import TIER_MODELS
    from assistant.bench.router import FITTED, Pair, fit_router, run_router
    from assistant.bench.router_answers import Run

    if data is None or home is None:
        raise UsageError("This benchmark needs turns and a home.", fix="Name them: --data FOLDER --home FILE")
    run = Run(answers=answers or data / "answers", home=home, seconds=seconds)
    tiers = {tier: chosen["talker"] for tier, chosen in TIER_MODELS.items()}
    pair = Pair(
        data=data,
        weak=weak or tiers["standard"],
        strong=strong,
        run=run,
        provider=provider,
        models=models,
        weights=weights,
    )
    if fit is not None:
        pairs = [
            Pair(data=data, weak=tiers[one], strong=tiers.get(other, other), run=run, provider=provider)
            for one, other in FITTED
        ]
        pairs = [pair] if weak else pairs
        command = "assistant bench router --data tests/router --home tests/think/wishes_home.yaml --fit FILE"
        _report(fit_router(pairs, fit, command), as_json)
        return
    _report(run_router(pair, _progress), as_json)


def _folder(data: Path | None) -> Path:
    if data is None:
        raise UsageError("This benchmark needs recordings.", fix="Name their folder: --data DIR")
    if not data.is_dir():
        raise UsageError(f"There is no folder {data}.", fix="Name the folder of the recordings: --data DIR")
    return data


def _progress(step: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r{step}: {done}/{total}   {end}")


def _report(figures: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_known(figures)))
        return
    table = Table("figure", "value", box=None, pad_edge=False)
    for name, value in _flat(figures):
        table.add_row(name, f"{value:.4g}" if isinstance(value, float) else str(value))
    Console(width=120).print(table)


def _known(value: Any) -> Any:
    """JSON knows no nan: what was not measured is null."""
    if isinstance(value, dict):
        return {name: _known(part) for name, part in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def _flat(figures: dict[str, Any], before: str = "") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for name, value in figures.items():
        rows += _flat(value, f"{before}{name}.") if isinstance(value, dict) else [(f"{before}{name}", value)]
    return rows
