"""A small player on the session's D-Bus, as far as MPRIS asks for. Arguments: its name, and what it cannot do."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from jeepney import Message, MessageType, new_error, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusRouter, Proxy, open_dbus_connection

SONGS = (("One", "U2"), ("Two Hearts", "Phil Collins"), ("Three", "Massive Attack"))


class Tiny:
    """Three songs, a volume and two modes. `stubborn`: it answers, and does nothing; `mute`: it has no volume."""

    def __init__(self, flags: list[str]) -> None:
        self.stubborn = "stubborn" in flags
        self.place = 0
        self.values: dict[str, tuple[str, Any]] = {
            "PlaybackStatus": ("s", "Playing" if "playing" in flags else "Paused"),
            "Shuffle": ("b", False),
            "LoopStatus": ("s", "None"),
        }
        if "mute" not in flags:
            self.values["Volume"] = ("d", 1.0)

    def all(self) -> dict[str, tuple[str, Any]]:
        title, artist = SONGS[self.place]
        song = {"xesam:title": ("s", title), "xesam:artist": ("as", [artist])}
        return {**self.values, "Metadata": ("a{sv}", song)}

    def do(self, deed: str) -> None:
        if self.stubborn:
            return
        if deed in ("Next", "Previous"):
            self.place = (self.place + (1 if deed == "Next" else -1)) % len(SONGS)
        else:
            state = {"Play": "Playing", "Pause": "Paused", "Stop": "Stopped"}[deed]
            self.values["PlaybackStatus"] = ("s", state)

    def answer(self, message: Message) -> Message:
        member = message.header.fields.get(3)
        if member == "GetAll":
            return new_method_return(message, "a{sv}", (self.all(),))
        if member == "Set":
            _, name, value = message.body
            if name not in self.values:
                return new_error(message, "org.freedesktop.DBus.Error.UnknownProperty")
            self.values[name] = value
            return new_method_return(message)
        if member in ("Play", "Pause", "Stop", "Next", "Previous"):
            self.do(str(member))
            return new_method_return(message)
        return new_error(message, "org.freedesktop.DBus.Error.UnknownMethod")


async def serve(name: str, flags: list[str]) -> None:
    tiny, connection = Tiny(flags), await open_dbus_connection("SESSION")
    async with DBusRouter(connection) as router:
        await Proxy(message_bus, router).RequestName(f"org.mpris.MediaPlayer2.{name}")
    print("ready", flush=True)
    while True:
        message = await connection.receive()
        if message.header.message_type is MessageType.method_call:
            await connection.send(tiny.answer(message))


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2:]))
