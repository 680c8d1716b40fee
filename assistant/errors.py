"""One tree of errors: each has a stable `code`, a `sentence` that can be spoken, and a `fix` to type or do."""

from __future__ import annotations


class AssistantError(Exception):
    """Base of every error that a person may meet.

    `sentence` says what is wrong in words that can be read or spoken; `fix` what to do next (may be empty).
    """

    code = "error"

    def __init__(self, sentence: str, *, fix: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.sentence} {self.fix}".strip()


class ConfigError(AssistantError):
    code = "config"


class UsageError(AssistantError):
    """The words of a command are off: exit code 2."""

    code = "usage"


class AudioFileError(AssistantError):
    """A sound file cannot be read."""

    code = "audio_file"


class AudioDeviceError(AssistantError):
    """No usable microphone or loudspeaker."""

    code = "audio_device"


class ModelError(AssistantError):
    """A model file is missing, damaged or cannot be fetched."""

    code = "model"


class DiskFullError(ModelError):
    code = "disk_full"


class EngineError(AssistantError):
    """An engine failed on this request; it may be asked again."""

    code = "engine"


class WorkerDiedError(EngineError):
    """The process of an engine ended or hung in the middle of a request."""

    code = "worker_died"


class SkillError(AssistantError):
    """A skill cannot do what was asked; its sentence is spoken."""

    code = "skill"


class SkillLoadError(AssistantError):
    code = "skill_load"


class CloudError(AssistantError):
    """A cloud model did not answer, or not to the end. `kind` tells why; `retry_after_s` when it may be asked again."""

    code = "cloud"

    def __init__(self, kind: str, sentence: str, *, fix: str = "", retry_after_s: float = 0.0) -> None:
        super().__init__(sentence, fix=fix)
        self.kind = kind
        self.retry_after_s = retry_after_s


class AlreadyRunningError(AssistantError):
    code = "already_running"
