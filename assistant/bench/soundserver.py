"""A private PulseAudio server in a folder of its own, and the programs that live and die with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO

from assistant.errors import AudioDeviceError
from assistant.paths import find_paths

PROGRAMS = ("pulseaudio", "pactl", "pacat", "parec")
FIX = "On Debian: apt-get install pulseaudio pulseaudio-utils libasound2-plugins libportaudio2"
SOCKET_PATH_BYTES = 107
"""The longest path of a unix socket."""
START_S = 10.0
IDLE_EXIT_S = 20
"""The server ends on its own when nobody has been connected for so long: a killed bench leaves nothing behind."""


def check_programs() -> None:
    """Raises: AudioDeviceError: a program that the virtual room is made of is not installed."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        raise AudioDeviceError(f"The virtual room needs {', '.join(missing)}, not installed here.", fix=FIX)


class SoundServer:
    """Starts when made. Make and close it in the same thread: its children are bound to the life of that thread.

    Raises:
        AudioDeviceError: PulseAudio is not installed or does not start.
    """

    def __init__(self) -> None:
        check_programs()
        self._folder = Path(tempfile.mkdtemp(prefix="room-"))
        self._modules: dict[str, str] = {}
        self._children: list[subprocess.Popen[bytes]] = []
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    @property
    def folder(self) -> Path:
        """Private (0700), gone when the server is closed."""
        return self._folder

    def env(self) -> dict[str, str]:
        """The environment of a program inside: its sound is the server's, its models stay the caller's."""
        env = {name: value for name, value in os.environ.items() if name not in ("PULSE_SINK", "PULSE_SOURCE")}
        home = str(self._folder)
        env |= {"HOME": home, "XDG_RUNTIME_DIR": home, "PULSE_SERVER": f"unix:{self._socket}"}
        env["ASSISTANT_MODELS"] = str(find_paths().models)
        return env

    def plug(self, name: str, module: tuple[str, ...]) -> None:
        """Load a module under a name of ours, unless it is there."""
        if name not in self._modules:
            self._modules[name] = self.control("load-module", *module).strip()

    def unplug(self, name: str) -> None:
        if index := self._modules.pop(name, None):
            self.control("unload-module", index)

    def control(self, *words: str) -> str:
        """One `pactl` command and its answer. Raises: AudioDeviceError: refused."""
        answer = self._ask(*words)
        if answer is None:
            raise AudioDeviceError(f"The sound server of the virtual room refused '{' '.join(words)}'.", fix=FIX)
        return answer

    def start(
        self,
        command: list[str],
        *,
        env: dict[str, str] | None = None,
        stderr: IO[bytes] | None = None,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        stdout: int = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """Start a program that dies with the server; who asks for its standard output also closes that pipe."""
        self._children = [child for child in self._children if child.poll() is None]
        # Where the kernel can, a child is told when its parent was killed and could tell it nothing more.
        guard = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
        with (self._folder / "log").open("ab") as log:
            child = subprocess.Popen(
                [*guard, *command], stdin=stdin, stdout=stdout, stderr=stderr or log, env=env or self.env()
            )
        self._children.append(child)
        return child

    def last_words(self) -> str:
        """The last line that any of its programs complained in."""
        lines = (self._folder / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def close(self) -> None:
        for child in reversed(self._children):
            end(child)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _socket(self) -> Path:
        return self._folder / "native"

    def _start(self) -> None:
        if len(os.fsencode(self._socket)) > SOCKET_PATH_BYTES:
            raise AudioDeviceError(
                f"The path {self._socket} is too long for a socket.", fix="Set TMPDIR to a short one."
            )
        (self._folder / ".asoundrc").write_text("pcm.!default pulse\nctl.!default pulse\n", encoding="utf-8")
        script = self._folder / "room.pa"
        script.write_text(f"load-module module-native-protocol-unix socket={self._socket} auth-anonymous=1\n", "utf-8")
        # Not real-time: a sound server that spins must not starve the machine it is measured on.
        words = ["pulseaudio", "-n", "--daemonize=no", "--realtime=no", "--log-level=error"]
        words.append(f"--exit-idle-time={IDLE_EXIT_S}")
        server = self.start([*words, "-F", str(script)])
        until_s = time.monotonic() + START_S
        while self._ask("info") is None:
            if server.poll() is not None or time.monotonic() > until_s:
                why = self.last_words()
                raise AudioDeviceError(f"The sound server of the virtual room does not start: {why}.", fix=FIX)
            time.sleep(0.05)

    def _ask(self, *words: str) -> str | None:
        done = subprocess.run(
            ["pactl", *words], env=self.env(), capture_output=True, text=True, timeout=10, check=False
        )
        return done.stdout if done.returncode == 0 else None


def end(child: subprocess.Popen[bytes]) -> None:
    """Ask a child to end, and insist after three seconds."""
    child.terminate()
    try:
        child.wait(timeout=3.0)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
