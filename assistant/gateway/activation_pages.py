"""`/activate`: a person who is signed in types the code of a device and decides."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.gateway.activation import count_devices, decide, waiting
from assistant.gateway.attempts import (
    CODE_BY_ACCOUNT,
    CODE_BY_ADDRESS,
    CODE_BY_ALL,
    count_wrong,
    locked_for,
)
from assistant.gateway.described import PAGES
from assistant.gateway.forms import form_body
from assistant.gateway.gateway import Gateway, address_of, gateway_of
from assistant.gateway.models import DeviceCode
from assistant.gateway.page import Visitor, go, need_visitor, read_page_form, render, visitor_of
from assistant.gateway.refusals import PageRefusal
from assistant.gateway.user_code import normalized, shown

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse, responses=PAGES)
_WRONG = "No device waits with this code. Look again, or begin again on the device."


@router.get("/activate")
async def activate_page(request: Request, user_code: str = "") -> Response:
    """Where the code is typed; a code in the address is only filled in."""
    visitor, code = await visitor_of(request), normalized(user_code[:20])
    if visitor is None:
        back = f"/activate?user_code={shown(code)}" if code else "/activate"
        return go(f"/login?next={quote(back, safe='')}")
    return render(request, "activate.html", visitor=visitor, user_code=shown(code) if code else "", error="")


@router.post("/activate", openapi_extra=form_body({"user_code": "WDJB-MJHT", "form_token": "of the page"}))
async def activate(request: Request) -> Response:
    """Look the code up and ask whether the person means this device."""
    gateway, visitor = gateway_of(request), await need_visitor(request)
    fields = await read_page_form(request, visitor)
    row = await _look_up(gateway, request, visitor, fields.get("user_code", ""))
    if row is None:
        return render(request, "activate.html", 400, visitor=visitor, user_code="", error=_WRONG)
    minutes = max(0, gateway.now() - row.created_at) // 60
    return render(
        request, "confirm.html", visitor=visitor, user_code=shown(row.user_code), name=row.name, minutes=minutes
    )


@router.post(
    "/activate/decide",
    openapi_extra=form_body({"user_code": "WDJB-MJHT", "decision": ("allow", "deny"), "form_token": "of the page"}),
)
async def decide_page(request: Request) -> Response:
    """The person's yes or no."""
    gateway, visitor = gateway_of(request), await need_visitor(request)
    fields = await read_page_form(request, visitor)
    decision, terms = fields.get("decision"), gateway.settings.accounts.terms
    if decision not in ("allow", "deny"):
        raise PageRefusal(400, "invalid_request", "Say whether the device is yours.")
    found = await _look_up(gateway, request, visitor, fields.get("user_code", ""))
    if found is None:
        return render(request, "activate.html", 400, visitor=visitor, user_code="", error=_WRONG)
    code = found.user_code

    def settle(session: Session) -> str | None:
        row = waiting(session, code, gateway.clock())
        if row is None:
            return _WRONG
        if decision == "allow" and count_devices(session, visitor.account.id) >= gateway.settings.accounts.devices:
            return "You have as many devices as an account may have. Remove one first."
        decide(session, row, visitor.account.id, terms, gateway.now(), allow=decision == "allow")
        return None

    if error := await gateway.database.run(settle):
        return render(request, "activate.html", 400, visitor=visitor, user_code="", error=error)
    return render(request, "decided.html", visitor=visitor, name=found.name, allowed=decision == "allow")


async def _look_up(gateway: Gateway, request: Request, visitor: Visitor, text: str) -> DeviceCode | None:
    """The waiting activation of this code; a wrong code counts against the account, the address, and all together.
    A right one forgives nothing: whoever guesses may have a device of their own.

    Raises:
        PageRefusal: 429, one of them is locked out.
    """
    keys = (
        (CODE_BY_ACCOUNT, visitor.account.id),
        (CODE_BY_ADDRESS, address_of(request)),
        (CODE_BY_ALL, ""),
    )

    def look_up(session: Session) -> tuple[int, DeviceCode | None]:
        now_s = gateway.clock()
        if wait_s := max(locked_for(session, gateway.secret, rule, who, now_s) for rule, who in keys):
            return wait_s, None
        row = waiting(session, normalized(text[:40]), now_s)
        if row is None:
            for rule, who in keys:
                count_wrong(session, gateway.secret, rule, who, now_s)
        return 0, row

    wait_s, row = await gateway.database.run(look_up)
    if wait_s:
        raise PageRefusal(429, "locked", "Too many wrong codes. Wait a while.", retry_after_s=wait_s)
    return row
