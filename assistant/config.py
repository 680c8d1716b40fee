"""Configuration: one TOML file, every value typed, every effective value with where it came from."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import ConfigError
from assistant.language import Speech

ENV_PREFIX = "ASSISTANT_SET_"
"""`ASSISTANT_SET_WAKE__WORD=hey_jarvis` overrides `[wake] word`; the value is read as TOML, else as text."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AudioConfig(_Section):
    """Microphones and loudspeakers by name, in order of preference; empty means the system's default."""

    input: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    echo_cancellation: bool = True
    chime: bool = False
    latency: Literal["low", "high"] = "low"


class WakeConfig(_Section):
    """`threshold` 0..1 on the mean probability; none means the word's own."""

    word: str = "okay_nabu"
    threshold: float | None = Field(default=None, gt=0, lt=1)


class LanguageConfig(_Section):
    """`speech`: the language that is spoken here, `en` or `ko`, or `auto` for whichever of them was spoken."""

    speech: Speech = "en"


class TurnConfig(_Section):
    """When a turn ends. `preset` sets all silences; the two in ms override those after a whole command and after words
    of unknown completeness where the end-of-turn model has no say."""

    preset: Literal["quick", "normal", "patient"] = "normal"
    complete_silence_ms: int | None = Field(default=None, ge=100, le=2000)
    silence_ms: int | None = Field(default=None, ge=200, le=5000)
    no_speech_s: float = Field(default=5.0, ge=1, le=30)
    follow_up_s: float = Field(default=6.0, ge=0, le=30)
    max_utterance_s: float = Field(default=30.0, ge=3, le=60)


class ModelsConfig(_Section):
    """`tier` chooses the recogniser and the talker (auto: by free memory); a role may be named on its own."""

    tier: Literal["auto", "small", "standard"] = "auto"
    asr: str | None = None
    talker: str | None = None
    tts: str = "en_US-joe-medium"
    caller: bool = True
    threads: int = Field(default=0, ge=0, le=64)


class ReplyConfig(_Section):
    max_tokens: int = Field(default=160, ge=16, le=1024)
    volume: float = Field(default=1.0, ge=0.0, le=1.0)
    speed: float = Field(default=1.0, ge=0.5, le=2.0)


class HistoryConfig(_Section):
    """How many days it is kept what was done in past turns (0: nothing is), and whether what was said is kept too."""

    keep_days: int = Field(default=30, ge=0, le=365)
    keep_words: bool = False


class MediaConfig(_Section):
    """`mpd`: "host", "host:port" or the path of a socket; empty: no such server. `duck_percent`: how much of its volume
    music keeps while the assistant listens or speaks (100: all). `mpris`: also the players of the desktop."""

    mpd: str = "localhost"
    mpris: bool = True
    duck_percent: int = Field(default=30, ge=0, le=100)


class DesktopConfig(_Section):
    """`enabled`: whether applications, volume, selection and lock of this machine's desktop may be used. `apps`: more
    names for applications, such as `browser = "firefox"`. `read_chars`: the longest text that is read aloud."""

    enabled: bool = True
    apps: dict[str, str] = {}
    read_chars: int = Field(default=600, ge=50, le=3000)


class HomeConfig(_Section):
    """The Home Assistant of this home: `url` such as http://homeassistant.local:8123, empty for none; the access token
    is the secret `token` of the skill `home`. `mqtt`: a broker on which devices announce themselves, such as
    mqtt://broker:1883 or mqtts://broker:8883, with `mqtt_user` and the secret `mqtt_password`; `mqtt_prefix` is where
    they do. `area` is the room where this device stands."""

    url: str = Field(default="", max_length=300, pattern=r"^$|^(https?|wss?)://[^\s@]+$")
    mqtt: str = Field(default="", max_length=300, pattern=r"^$|^mqtts?://([\w.-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?/?$")
    mqtt_user: str = Field(default="", max_length=200)
    mqtt_prefix: str = Field(default="homeassistant", max_length=200, pattern=r"^[\w-]+(/[\w-]+)*$")
    area: str = Field(default="", max_length=60)
    timeout_s: float = Field(default=4.0, ge=0.5, le=30)


Mode = Literal["device", "prefer_device", "prefer_cloud", "ask"]


class CloudConfig(_Section):
    """A cloud model, if one is wanted: `provider` is an id of `assistant cloud list`, or several with spaces between:
    the next is asked where one fails before its first word. `mode` is fixed where given, else chosen by voice
    (prefer_device at first); `personal` and `household` hold for such words. `names` are taken out before anything
    leaves. Caps in US dollars and tokens, a day and a month (UTC)."""

    provider: str = Field(default="", max_length=300)
    mode: Mode | None = None
    personal: Mode = "device"
    household: Mode = "device"
    person: Literal["adult", "child", "guest"] = "adult"
    names: tuple[str, ...] = ()
    metered: bool = False
    max_tokens: int = Field(default=400, ge=32, le=4000)
    day_usd: float = Field(default=0.5, ge=0, le=1000)
    month_usd: float = Field(default=5.0, ge=0, le=10000)
    day_tokens: int = Field(default=200_000, ge=0)
    month_tokens: int = Field(default=2_000_000, ge=0)


class AccountConfig(_Section):
    """A subscription, if one is wanted: `gateway` is the address of its service, empty for none. `offers`: may the plan
    be mentioned, rarely, after an answer that it would have made better; never in the hours of `quiet`."""

    gateway: str = Field(default="", max_length=200, pattern=r"^$|^https?://[^\s@]+$")
    offers: bool = True
    quiet: str = Field(default="21:00-08:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")


class FilesConfig(_Section):
    """Where pictures and long answers are kept, empty for the user's own folders of that kind; in which folders
    documents are looked for; whether a picture or an answer is opened on the screen, where there is one."""

    pictures: str = Field(default="", max_length=400)
    answers: str = Field(default="", max_length=400)
    documents: tuple[str, ...] = ()
    show: bool = True


class Config(_Section):
    """All settings. Unknown keys are refused with the nearest known name."""

    audio: AudioConfig = AudioConfig()
    wake: WakeConfig = WakeConfig()
    language: LanguageConfig = LanguageConfig()
    turn: TurnConfig = TurnConfig()
    models: ModelsConfig = ModelsConfig()
    reply: ReplyConfig = ReplyConfig()
    history: HistoryConfig = HistoryConfig()
    home: HomeConfig = HomeConfig()
    media: MediaConfig = MediaConfig()
    desktop: DesktopConfig = DesktopConfig()
    cloud: CloudConfig = CloudConfig()
    account: AccountConfig = AccountConfig()
    files: FilesConfig = FilesConfig()


def load_config(file: Path | None, env: Mapping[str, str] | None = None, *, required: bool = False) -> Config:
    """Read the file (absent: defaults) and the environment.

    Raises:
        ConfigError: the file is not TOML, a key is unknown (the nearest is named) or a value does not fit.
    """
    values = _read(file, required=required)
    for section, key, value in _overrides(os.environ if env is None else env):
        if isinstance(values.setdefault(section, {}), dict):
            values[section][key] = value
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise _explain(error, file) from None


def origins(file: Path | None, env: Mapping[str, str] | None = None) -> Iterator[tuple[str, Any, str]]:
    """Every effective value as (`section.key`, value, origin): default, the file's path, or the variable's name."""
    config = load_config(file, env)
    from_file = _read(file, required=False)
    from_env = {(section, key) for section, key, _ in _overrides(os.environ if env is None else env)}
    for section in Config.model_fields:
        for key, value in getattr(config, section):
            origin = "default"
            if key in from_file.get(section, {}):
                origin = str(file)
            if (section, key) in from_env:
                origin = f"{ENV_PREFIX}{section}__{key}".upper()
            yield f"{section}.{key}", value, origin


def _read(file: Path | None, *, required: bool) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if required:
            raise ConfigError(f"The configuration file {file} does not exist.", fix="Check the path.") from None
        return {}
    except UnicodeDecodeError:
        raise ConfigError(f"The configuration file {file} is not text in UTF-8.", fix="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The configuration file {file} is not valid TOML: {error}.", fix="Mend that line.") from None
    except OSError as error:
        raise ConfigError(f"The configuration file {file} cannot be read: {error.strerror}.") from None


def _overrides(env: Mapping[str, str]) -> Iterator[tuple[str, str, Any]]:
    for name, text in env.items():
        section, separator, key = name.removeprefix(ENV_PREFIX).lower().partition("__")
        if name.startswith(ENV_PREFIX) and separator:
            try:
                value = tomllib.loads(f"value = {text}")["value"]
            except tomllib.TOMLDecodeError:
                value = text
            yield section, key, value


def _explain(error: ValidationError, file: Path | None) -> ConfigError:
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    dotted = ".".join(place)
    where = f" in {file}" if file else ""
    if first["type"] == "extra_forbidden":
        known = list(Config.model_fields)
        if len(place) > 1:
            section = Config.model_fields[place[0]].annotation
            known = [f"{place[0]}.{key}" for key in getattr(section, "model_fields", {})]
        near = difflib.get_close_matches(dotted, known, n=1, cutoff=0.0)
        return ConfigError(f"Unknown setting '{dotted}'{where}.", fix=f"Did you mean '{near[0]}'?" if near else "")
    if first["type"] == "model_type":
        return ConfigError(f"'{dotted}'{where} is a section, not a value.", fix=f"Write its settings under [{dotted}].")
    return ConfigError(f"The setting '{dotted}'{where} does not fit: {first['msg']}.", fix="Correct its value.")
