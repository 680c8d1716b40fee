"""A device and the real gateway on one true time, with a network between them that a test cuts, slows and forges."""

from __future__ import annotations

import asyncio
import email.utils
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from assistant.account.client import GatewayClient
from assistant.account.kept import AccountStore
from assistant.account.licence import Licence
from assistant.account.renewal import Renewal
from assistant.account.secrets import Secrets
from assistant.engines.gateway_wire import HttpxWire
from assistant.gateway import signing
from assistant.gateway.activation import decide, remove_device, waiting
from assistant.gateway.app import build
from assistant.gateway.database import Database
from assistant.gateway.gateway import Gateway
from assistant.gateway.models import Device, Plan, Subscription
from assistant.gateway.secret import Secret
from assistant.gateway.settings import GatewaySettings
from assistant.gateway.sign_in import create_account
from assistant.gateway.user_code import normalized
from assistant.testing import ScriptedClock

R = TypeVar("R")
BASE = "http://127.0.0.1:8600"
DAY_S = 86_400
START_S = 1_800_000_000


class EventClock(ScriptedClock):
    """Time goes on to the next moment that somebody waits for, when nobody is busy with anything else."""

    def __init__(self, wall_ms: float, busy: Callable[[], bool]) -> None:
        super().__init__(wall_ms)
        self._busy = busy
        self._waiting: list[tuple[float, asyncio.Event]] = []

    async def wait(self, event: asyncio.Event, at_most_ms: float) -> None:
        over = asyncio.Event()
        entry = (self.elapsed + at_most_ms, over)
        self._waiting.append(entry)
        tasks = [asyncio.ensure_future(one.wait()) for one in (event, over)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiting.remove(entry)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def at(self, seconds: float, act: Callable[[], object]) -> None:
        """Do this so many seconds from now."""
        self.script.append((self.elapsed + seconds * 1000.0, act))
        self.script.sort(key=lambda step: step[0])

    async def during(self, doing: Coroutine[Any, Any, R]) -> R:
        """Let time go by until this is done."""
        task = asyncio.ensure_future(doing)
        while True:
            await self._settle()
            if task.done():
                return task.result()
            self._go_on(float("inf"))

    async def live(self, seconds: float) -> None:
        """Let so much time go by."""
        end_ms = self.elapsed + seconds * 1000.0
        while self.elapsed < end_ms:
            await self._settle()
            self._go_on(end_ms)
        await self._settle()

    def _go_on(self, end_ms: float) -> None:
        due_ms = min([at for at, _ in (*self._waiting, *self.script)], default=float("inf"))
        assert min(due_ms, end_ms) < float("inf"), "nobody waits for anything"
        self.pass_ms(max(0.0, min(due_ms, end_ms) - self.elapsed))
        while self.script and self.script[0][0] <= self.elapsed:
            self.script.pop(0)[1]()
        for at_ms, over in self._waiting:
            if at_ms <= self.elapsed:
                over.set()

    async def _settle(self) -> None:
        for _ in range(40):
            await asyncio.sleep(0)
        while self._busy():
            await asyncio.sleep(0.002)
            for _ in range(40):
                await asyncio.sleep(0)


class Net(httpx2.AsyncBaseTransport):
    """Carries requests to the application; says the time in its answers, as the server around it does.

    `fault`: "down", "slow", a status, or a function that makes the answer. `seen` are the paths that were asked.
    """

    def __init__(self, app: Any, true_s: Callable[[], float]) -> None:
        self.fault: str | int | Callable[[httpx2.Request], httpx2.Response | None] = ""
        self.seen: list[str] = []
        self.under_way = 0
        self._inner = httpx2.ASGITransport(app=app)
        self._true_s = true_s

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.seen.append(request.url.path)
        if self.fault == "down":
            raise httpx2.ConnectError("down")
        if self.fault == "slow":
            raise httpx2.ReadTimeout("slow")
        if isinstance(self.fault, int):
            return httpx2.Response(self.fault, text="<html>no</html>")
        if callable(self.fault) and (made := self.fault(request)) is not None:
            return made
        self.under_way += 1
        try:
            answer = await self._inner.handle_async_request(request)
        finally:
            self.under_way -= 1
        answer.headers["date"] = email.utils.formatdate(self._true_s(), usegmt=True)
        return answer


class World:
    """`true_s` is the time; the device's wall clock may say another."""

    def __init__(self, folder: Path, *, base: str = BASE, settings: GatewaySettings | None = None) -> None:
        self.folder, self.clock = folder, EventClock(START_S * 1000.0, lambda: self.net.under_way > 0)
        folder.mkdir(parents=True, exist_ok=True)
        database = Database(f"sqlite:///{folder / 'gateway.sqlite3'}")
        database.migrate()
        self.gateway = Gateway(
            settings=settings or GatewaySettings(),
            database=database,
            secret=Secret.load(folder / "gateway-secret"),
            state=folder / "gateway",
            clock=lambda: self.true_s,
        )
        self.net = Net(build(self.gateway), lambda: self.true_s)
        with self.gateway.database.transaction() as session:
            account = create_account(session, "ada@example.org", "no password", "1", self.gateway.now())
            assert account is not None
            self.account_id = account.id
            session.add(_plus())
            signing.rotate(session, self.gateway.secret, self.gateway.now(), at_once=True)
        self.restart()

    @property
    def true_s(self) -> float:
        return START_S + self.clock.elapsed / 1000.0

    def restart(self) -> None:
        """The device starts anew."""
        secrets = Secrets(folder=self.folder / "secrets")
        store = AccountStore(self.folder / "account.sqlite3")
        self.licence = Licence(BASE, store, lambda: secrets, self.clock, self._connect)
        self.renewal = Renewal(self.licence)
        self.said: list[str] = []
        self.renewal.say = self.said.append

    def _connect(self, now_s: Callable[[], float]) -> GatewayClient:
        return GatewayClient(BASE, HttpxWire(self.net), now_s)

    def person_decides(self, user_code: str, *, allow: bool = True) -> None:
        with self.gateway.database.transaction() as session:
            row = waiting(session, normalized(user_code), self.true_s)
            assert row is not None
            decide(session, row, self.account_id, "1", self.gateway.now(), allow=allow)

    def subscribe(self, days: float = 30, *, renews: bool = True) -> None:
        paid_until = int(self.true_s + days * DAY_S)
        with self.gateway.database.transaction() as session:
            session.merge(
                Subscription(
                    account_id=self.account_id, plan_id="plus", source="manual", features=[], paid_until=paid_until,
                    renews=renews, updated_at=0,
                )
            )  # fmt: skip

    def remove_devices(self) -> None:
        with self.gateway.database.transaction() as session:
            for device in session.query(Device).all():
                remove_device(session, device, "1", self.gateway.now())

    def devices(self) -> int:
        with self.gateway.database.transaction() as session:
            return int(session.query(Device).count())

    async def activate(self) -> None:
        """By code, agreed to at once."""
        begun, key = await self.licence.begin("Kitchen")
        self.clock.at(1, lambda: self.person_decides(begun.user_code))
        await self.clock.during(self.licence.finish(begun, key))

    async def close(self) -> None:
        await self.licence.close()
        self.gateway.database.close()


def _plus() -> Plan:
    return Plan(
        id="plus", name="Plus", features=["chat", "images"], chat_tokens=100_000, images=50, requests_per_minute=60,
        at_once=4, amount_minor=500, currency="eur", interval="month", stripe_price=None,
    )  # fmt: skip


def body(answer: dict[str, Any]) -> httpx2.Response:
    return httpx2.Response(200, content=json.dumps(answer).encode(), headers={"content-type": "application/json"})
