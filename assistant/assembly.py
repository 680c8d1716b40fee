"""Puts the parts together: configuration and model files -> workers -> stages. Only the daemon and the CLI use it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.account.offering import Offering
from assistant.audio.io import Loudspeaker
from assistant.budget import Budget
from assistant.catalog import Catalog, default_tier, free_memory_bytes
from assistant.cloud_setup import is_wanted, make_side
from assistant.config import Config
from assistant.errors import AssistantError, ModelError
from assistant.events import EventBus
from assistant.folders import file_settings
from assistant.hear.asr import WorkerRecognizer, asr_settings
from assistant.hear.turn_model import TurnModel, load_turn_model
from assistant.known_names import KnownNames
from assistant.language import Tongue
from assistant.paths import Paths
from assistant.skillbox.loading import Added, load_added
from assistant.skillhost.strikes import Switches
from assistant.skills_host import DISABLED, LentContext, SkillHost
from assistant.speak.cache import PhraseCache
from assistant.speak.filler import FILLERS
from assistant.speak.normalize import normalize
from assistant.speak.speaker import Speaker
from assistant.speak.tts import Voices, WorkerSynthesizer, korean_settings, voice_name, voice_settings
from assistant.store.timers import TimerStore
from assistant.think.answering import NOTHING
from assistant.think.caller import WorkerCaller
from assistant.think.choosing import Choosing
from assistant.think.cloud import LazyProvider
from assistant.think.escalation import CloudSide, Escalation
from assistant.think.fastpath import Grammar
from assistant.think.grammars import Grammars
from assistant.think.llm import WorkerTalker
from assistant.think.misheard import SecondLook
from assistant.think.own import OwnSentences
from assistant.think.pin import PinFile
from assistant.think.sureness import load_sureness
from assistant.think.understanding import NO_TALKER, Minds, Understanding
from assistant.turn import LOST, Stages
from assistant.types import JsonDict, ToolCall, ToolResult, ToolSpec
from assistant.worker import Worker, WorkerSettings

if TYPE_CHECKING:
    from assistant.account.desk import Desk

TIER_MODELS = {
    "small": {"asr": "whisper-tiny.en", "talker": "qwen2.5-coder-0.5b-instruct-q4_k_m"},
    "standard": {"asr": "whisper-base", "talker": "qwen2.5-coder-1.5b-instruct-q4_k_m"},
}
CALLER, TALKER, CLOUD, PLAN = "tool caller", "language model", "cloud model", "plan"
TURN_MODEL = "smart-turn-v3.2-cpu"
OFFER_AFTER_S = 2.0
"""When names change, the tool caller learns them so much later: a home tells of its devices one after the other."""
CALLER_MODELS = ("needle3", "needle3-engine")
MAX_SEATS = 16
CALLER_SEATS = {"small": 1, "standard": 4}
"""Sets of tools that the tool caller keeps warm: the first takes about 100 MB, each other one 55 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which model plays which role on this machine."""

    tier: str
    asr: str
    talker: str
    tts: str


def choose_models(config: Config, free_bytes: int) -> Choice:
    """The configured tier (auto: by free memory, in bytes), with roles that were named on their own."""
    models = config.models
    tier = default_tier(free_bytes) if models.tier == "auto" else models.tier
    heard = TIER_MODELS["standard" if config.language.speech != "en" else tier]["asr"]  # the small one hears English
    asr, talker = models.asr or heard, models.talker or TIER_MODELS[tier]["talker"]
    return Choice(tier=tier, asr=asr, talker=talker, tts=models.tts)


WARM_AFTER_S = 3.0
"""The library of a cloud takes a second of this process to load, and made the first local answer so much later: it is
loaded when no turn was begun or ended for so long, or when it is needed."""
PREWARMED_CHARS = 36
"""Longer phrases of skills tell of rare trouble, and rendering them all keeps a core busy after the first start."""


class Assembly:
    """The engines, skills and store of one assistant; nothing is started before it is asked for."""

    def __init__(self, config: Config, paths: Paths, bus: EventBus) -> None:
        paths.create()
        self.config = config
        self.paths = paths
        self.bus = bus
        self.catalog = Catalog.load(paths.models)
        self.choice = choose_models(config, free_memory_bytes())
        self._log = paths.state / "engines.log"
        self.timers = TimerStore(paths.database)
        self.tongue = Tongue(config.language.speech, paths.state / "language.json")
        self.context = LentContext(
            timers=self.timers,
            tongue=self.tongue,
            hears_all=not self.choice.asr.endswith(".en"),
            state=paths.state,
            secrets=paths.secrets,
            settings={
                "home": config.home.model_dump(),
                "media": config.media.model_dump(),
                "desktop": config.desktop.model_dump(),
                **file_settings(config.files),
            },
        )
        self.context.cloud = lambda: self.cloud
        self.asr = self._recogniser()
        self.tts = self._voice()
        self.korean_tts = Worker(
            dataclasses.replace(korean_settings(speed=config.reply.speed), log=self._log), self._told
        )
        self.talker = self._worker(TALKER, "llama_cpp", self._talker_options())
        self.caller = self._caller()
        self._talking = WorkerTalker(self.talker)
        self.choosing = Choosing(self._talking)
        self._calling = self.tool_caller()
        self._thinking = False
        self._offered = False
        self._offering: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None
        self._conversations: list[Understanding] = []
        self._prepared: set[str] = set()

    @functools.cached_property
    def host(self) -> SkillHost:
        """The installed skills, loaded when first asked for."""
        switches = Switches(self.paths.state / DISABLED)
        others, problems = load_added(Added.at(self.paths), self.context, switches)
        pin = PinFile(self.paths.state / "pin.json")
        self.context.plan = self.plan
        host = SkillHost.load(self.context, others=others, problems=problems, pin=pin)
        host.on_silent = self._done_silently
        host.on_lists = self._lists_changed
        host.confirmer.audit = self._confirmation
        return host

    @functools.cached_property
    def grammar(self) -> Grammar:
        """Compiled from the skills when first asked for: some tenths of a second."""
        engine = importlib.import_module("assistant.engines.hassil_grammar")
        english: Grammar = engine.create(self.host.templates, self.host.readers)
        korean = functools.partial(engine.create, self.host.templates, self.host.readers, language="ko")
        both = Grammars(SecondLook(english, lambda: self.host.specs), korean)
        if "ko" in self.tongue.expected:
            both.prepare()
        grammar = OwnSentences(both, self.host.own_sentences)
        self.context.understand = self.host.understand(grammar)
        grammar.topic("nothing")  # the first look compares all phrases: some tenths of a second, now and not in a turn
        return grammar

    def share(self, other: Assembly) -> None:
        """Use the engines of another assembly as they are loaded now or later; it starts and closes them."""
        self.asr, self.tts, self.talker, self.caller = other.asr, other.tts, other.talker, other.caller
        self._talking, self._calling, self.choosing = other._talking, other._calling, other.choosing
        self._prepared = other._prepared

    @functools.cached_property
    def plan(self) -> Desk | None:
        """The subscription; none where no service for one is configured, or where something about it is wrong."""
        if not self.config.account.gateway:
            return None
        from assistant.account_setup import make_desk  # loads what checks signatures

        try:
            return make_desk(self.config, self.paths, now=self.context.clock)
        except AssistantError as error:
            self.bus.emit("health", component=PLAN, state="failed", message=str(error))
            return None

    @functools.cached_property
    def cloud(self) -> CloudSide | None:
        """The way to a cloud model; none where no provider is chosen, or where something about it is wrong."""
        names = KnownNames(
            self.config.cloud.names, self.paths.state / "skills-data" / "memory", lambda: self.host.specs
        )
        try:
            side = make_side(
                self.config.cloud,
                self.paths,
                keep_days=self.config.history.keep_days,
                people=names.people,
                things=names.things,
                plan=self.plan.licence if self.plan is not None else None,
            )
            if side is not None:
                side.sureness = load_sureness(self.choice.talker)
            return side
        except AssistantError as error:
            self.bus.emit("health", component=CLOUD, state="failed", message=str(error))
            return None

    @property
    def workers(self) -> list[Worker]:
        return [worker for worker in self._all_workers() if worker is not None]

    def _all_workers(self) -> tuple[Worker | None, ...]:
        """Those of the engines that may be needed; the Korean voice starts with its first sentence."""
        korean = self.korean_tts if self.korean_tts.pid is not None else None
        return self.asr, self.tts, korean, self.caller, self.talker

    def understanding(self) -> Understanding:
        """A fresh conversation; an engine that is not loaded yet is passed over."""

        def ready(worker: Worker | None) -> Callable[[], bool]:
            return lambda: worker is not None and worker.settings.name in self._prepared

        minds = Minds(
            caller=self._calling,
            talker=self._talking,
            choosing=self.choosing,
            caller_ready=ready(self.caller),
            talker_ready=ready(self.talker),
            max_tokens=self.config.reply.max_tokens,
        )

        conversation = Understanding(
            grammar=self.grammar, toolbox=self.host, minds=minds, now=self.context.clock,
            on_heard=self.context.heard, on_begin=self.context.begins, tongue=self.tongue,
            cloud=Escalation(side=self.cloud) if self.cloud is not None else None,
            offers=Offering(book=self.plan.book) if self.plan is not None else None,
        )  # fmt: skip
        self._conversations.append(conversation)
        return conversation

    def tool_caller(self, *, seats: int = 0) -> WorkerCaller | None:
        """A tool caller without tools yet, with the seats of the tier unless told; none where it cannot run."""
        if self.caller is None:
            return None
        return WorkerCaller(self.caller, seats=seats or CALLER_SEATS[self.choice.tier])

    @property
    def voices(self) -> list[Worker]:
        """The voices that are needed at once, by the languages that are expected."""
        return [self.tts, self.korean_tts] if "ko" in self.tongue.expected else [self.tts]

    def synthesizer(self, speed: float = 0.0) -> Voices:
        """What speaks, in every language, at the configured speed unless told."""
        cache = PhraseCache(self.paths.cache / "phrases")
        voice = voice_name(self.choice.tts, self.catalog.entry(self.choice.tts).main.sha256 or "")
        speed = speed or self.config.reply.speed
        return Voices(
            WorkerSynthesizer(self.tts, cache, voice=voice, speed=speed),
            WorkerSynthesizer(self.korean_tts, cache, voice="espeak-ng-ko", speed=speed),
        )

    def set_phrases(self) -> list[str]:
        """What the assistant says often, as the voice is given it; of the skills' phrases the short ones."""
        often = [phrase for phrase in self.host.phrases if len(phrase) <= PREWARMED_CHARS]
        phrases = (LOST, NO_TALKER, NOTHING, *FILLERS, *often)
        return [words for phrase in phrases if (words := normalize(phrase))]

    def stages(self, loudspeaker: Loudspeaker, phrase: str, silence_alarm: Callable[[], bool]) -> Stages:
        """The stages of a spoken turn on this loudspeaker."""
        budget = Budget(self.talker.hold)
        return Stages(
            recognizer=WorkerRecognizer(self.asr, tongue=self.tongue),
            understanding=self.understanding(),
            speaker=Speaker(self.synthesizer(), loudspeaker, self.bus, volume=self.config.reply.volume, budget=budget),
            bus=self.bus,
            wake_phrase=phrase,
            silence_alarm=silence_alarm,
            budget=budget,
        )

    def turn_model(self) -> TurnModel | None:
        """The end-of-turn model; without it silence and grammar decide alone, which is told."""
        try:
            return load_turn_model(self.catalog.path(TURN_MODEL))
        except AssistantError as error:
            self.bus.emit("health", component="end of turn", state="failed", message=str(error))
            return None

    async def start_thinking(self) -> None:
        """Load what understands: first the tool caller, then the language model; what fails is told, not raised."""
        if self._thinking:
            return
        self._thinking = True
        await self.offer_tools()
        await self._prepare(TALKER, self._talking.prepare(()))
        if self.cloud is not None and is_wanted(self.cloud) and isinstance(self.cloud.model.provider, LazyProvider):
            warming = self._prepare(CLOUD, self._warm(self.cloud.model.provider))
            self._warming = asyncio.create_task(warming, name="cloud library")  # nobody here waits for it

    async def _warm(self, provider: LazyProvider) -> None:
        while True:
            await asyncio.sleep(WARM_AFTER_S)
            if all(each.is_calm(WARM_AFTER_S) for each in self._conversations):
                break
        await provider.warm()

    async def offer_tools(self) -> None:
        """Give the models the tools with the names that they may be called with now."""
        specs = self._useful()
        self.choosing.learn(specs)
        if self._calling is not None:
            self._offered = True
            await self._prepare(CALLER, self._calling.prepare(list(specs.values())))

    def _useful(self) -> Mapping[str, ToolSpec]:
        """The tools that the models shall choose from: without a cloud none of those that need one."""
        if self.cloud is not None:
            return self.host.specs
        premium = {name for name, skill in self.host.skills.items() if skill.manifest.tier == "premium"}
        return {name: spec for name, spec in self.host.specs.items() if spec.skill not in premium}

    def _lists_changed(self) -> None:
        """Names are new: the tool caller is given them a moment later, once for whatever changes together."""
        if not self._offered or (self._offering is not None and not self._offering.done()):
            return

        async def offer() -> None:
            await asyncio.sleep(OFFER_AFTER_S)
            await self.offer_tools()

        self._offering = asyncio.get_running_loop().create_task(offer(), name="offer tools")

    async def _prepare(self, what: str, preparing: Awaitable[object]) -> None:
        try:
            await preparing
        except AssistantError as error:
            self.bus.emit("health", component=what, state="failed", message=str(error))
        else:
            self._prepared.add(what)
            self.bus.emit("health", component=what, state="ready")

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Assembly]:
        """Close everything at the end, whatever happened."""
        try:
            yield self
        finally:
            for task in (self._offering, self._warming):
                if task is not None:
                    task.cancel()
            if "host" in self.__dict__:  # it may never have been asked for
                self.host.close()
            await asyncio.gather(*(worker.close() for worker in self.workers), return_exceptions=True)
            if (side := self.__dict__.get("cloud")) is not None:
                await side.close()
            if (plan := self.__dict__.get("plan")) is not None:
                await plan.close()
            self.timers.close()

    def _threads(self) -> JsonDict:
        return {"threads": self.config.models.threads} if self.config.models.threads else {}

    def _worker(self, name: str, engine: str, options: JsonDict) -> Worker:
        settings = WorkerSettings(name=name, engine=engine, options=options, log=self._log, patience_s=60.0)
        return Worker(settings, self._told)

    def _recogniser(self) -> Worker:
        settings = asr_settings(self.catalog.path(self.choice.asr), **self._threads())
        return Worker(dataclasses.replace(settings, log=self._log), self._told)

    def _voice(self) -> Worker:
        settings = voice_settings(self.catalog.path(self.choice.tts), speed=self.config.reply.speed)
        return Worker(dataclasses.replace(settings, log=self._log), self._told)

    def _talker_options(self) -> JsonDict:
        folder = self.catalog.path(self.choice.talker)
        file = folder / self.catalog.entry(self.choice.talker).main.name
        return {"path": str(file), "cache_dir": str(self.paths.cache / "prefix"), **self._threads()}

    def _caller(self) -> Worker | None:
        """The tool caller is optional: where its files or its platform are missing, the talker's calls take over."""
        if not self.config.models.caller:
            return None
        weights_id, library_id = CALLER_MODELS
        try:
            weights = self.catalog.path(weights_id) / self.catalog.entry(weights_id).main.name
            library = self.catalog.path(library_id) / self.catalog.entry(library_id).main.name
        except ModelError:
            return None
        return self._worker(CALLER, "needle3", {"weights": str(weights), "library": str(library), "sets": MAX_SEATS})

    def _done_silently(self, result: ToolResult) -> None:
        """What a tool completed after its answer had been interrupted."""
        self.bus.emit("tool", tool=result.tool, ok=result.ok, error=result.error, data=result.data, silent=True)

    def _confirmation(self, outcome: str, call: ToolCall) -> None:
        """How it went with the confirmation of a sensitive call."""
        self.bus.emit("tool", tool=call.tool, ok=False, error=f"confirmation_{outcome}", data={})

    def _told(self, kind: str, fields: JsonDict) -> None:
        self.bus.emit("health", component="worker", state=kind.removeprefix("worker_"), **fields)
