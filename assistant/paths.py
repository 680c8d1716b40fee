"""Where things lie: `ASSISTANT_HOME` moves config, state and cache together, `ASSISTANT_MODELS` the models alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    config: Path
    state: Path
    cache: Path
    models: Path

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def secrets(self) -> Path:
        """Tokens of skills, `SKILL/NAME`, files of mode 0600 that the user puts here."""
        return self.config / "secrets"

    @property
    def database(self) -> Path:
        """Commitments (timers): survives crashes and power loss."""
        return self.state / "commitments.sqlite3"

    @property
    def history(self) -> Path:
        """What was heard and done, turn by turn; bounded, see `[history]`."""
        return self.state / "history.sqlite3"

    @property
    def cloud(self) -> Path:
        """What the cloud was asked, cost, and was agreed to; absent until a provider is chosen."""
        return self.state / "cloud.sqlite3"

    @property
    def account(self) -> Path:
        """What is held of a plan, and what was said about offers; absent until there is something."""
        return self.state / "account.sqlite3"

    @property
    def pauses(self) -> Path:
        """How long the person pauses: numbers only."""
        return self.state / "pauses.json"

    @property
    def lock(self) -> Path:
        return self.state / "daemon.lock"

    @property
    def log(self) -> Path:
        return self.state / "assistant.log"

    def create(self) -> None:
        """Make the private folders (mode 0700). Raises: ConfigError: one of them cannot be made."""
        for folder in (self.config, self.state, self.cache):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise ConfigError(
                    f"The folder {folder} cannot be made: {reason}.",
                    fix="Check the disk, or move everything elsewhere with ASSISTANT_HOME.",
                ) from None


def find_paths(env: Mapping[str, str] | None = None) -> Paths:
    """Read the environment (XDG base directories by default) and say where everything lies; creates nothing."""
    env = os.environ if env is None else env
    home = Path(env.get("HOME") or Path.home())
    if root := env.get("ASSISTANT_HOME"):
        base = Path(root).expanduser().absolute()
        config, state, cache = base / "config", base / "state", base / "cache"
    else:
        config = Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "assistant"
        state = Path(env.get("XDG_STATE_HOME") or home / ".local/state") / "assistant"
        cache = Path(env.get("XDG_CACHE_HOME") or home / ".cache") / "assistant"
    models = Path(env["ASSISTANT_MODELS"]).expanduser().absolute() if env.get("ASSISTANT_MODELS") else cache / "models"
    return Paths(config=config, state=state, cache=cache, models=models)
