"""The pages to make an account, sign in and sign out."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.gateway.attempts import (
    PASSWORD_BY_ACCOUNT,
    PASSWORD_BY_ADDRESS,
    SIGN_UP_BY_ADDRESS,
    count_wrong,
    forgive,
    locked_for,
)
from assistant.gateway.described import GOES, PAGES
from assistant.gateway.forms import Told, form_body
from assistant.gateway.gateway import Gateway, address_of, gateway_of
from assistant.gateway.page import (
    STYLE,
    cookie_name,
    go,
    read_page_form,
    render,
    safe_next,
    set_cookie,
    visitor_of,
)
from assistant.gateway.passwords import MAX_CHARS, MIN_CHARS, NOBODY, hash_password, verify_password
from assistant.gateway.refusals import PageRefusal
from assistant.gateway.sign_in import account_by_email, create_account, normal_email, sign_in, sign_out

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse, responses=PAGES)


class Style(Response):
    media_type = "text/css"


_CREDENTIALS: dict[str, Told] = {"email": "e-mail address", "password": "password"}


@router.get("/", **GOES)
async def root() -> Response:
    return go("/account")


@router.get("/style.css", response_class=Style)
async def style() -> Style:
    return Style(STYLE, headers={"Cache-Control": "max-age=3600"})


@router.get("/login")
async def login_page(request: Request, next: str = "/account") -> Response:
    return render(request, "login.html", next=safe_next(next), email="", error="")


@router.post("/login", **GOES, openapi_extra=form_body(_CREDENTIALS, {"next": "page to go to"}))
async def login(request: Request) -> Response:
    """Sign in; ten wrong passwords lock the address of mail, fifty the address of the network."""
    gateway = gateway_of(request)
    fields = await read_page_form(request, None)
    email, where = normal_email(fields.get("email", "")), address_of(request)
    password, after = fields.get("password", ""), safe_next(fields.get("next", ""))
    if email is None or not password or len(password) > MAX_CHARS:
        return render(request, "login.html", 400, next=after, email="", error="Give an e-mail address and a password.")
    wait_s, account = await gateway.database.run(
        lambda session: (_locked(session, gateway, email, where), account_by_email(session, email))
    )
    if wait_s:
        raise PageRefusal(429, "locked", "Too many wrong passwords. Wait a while.", retry_after_s=wait_s)
    right = await gateway.passwords.run(verify_password, password, account.password if account else NOBODY)
    if account is None or not right:
        await gateway.database.run(lambda session: _count(session, gateway, email, where))
        return render(
            request, "login.html", 403, next=after, email=email, error="The address or the password is wrong."
        )

    def enter(session: Session) -> str:
        forgive(session, gateway.secret, PASSWORD_BY_ACCOUNT, email)
        return sign_in(session, account.id, gateway.now())

    response = go(after)
    set_cookie(gateway, response, await gateway.database.run(enter))
    return response


@router.get("/signup")
async def signup_page(request: Request, next: str = "/account") -> Response:
    _need_sign_up(gateway_of(request))
    return render(request, "signup.html", next=safe_next(next), email="", error="")


@router.post("/signup", **GOES, openapi_extra=form_body({**_CREDENTIALS, "terms": ("yes",)}, {"next": "page to go to"}))
async def signup(request: Request) -> Response:
    """Make an account and sign in to it."""
    gateway, where = gateway_of(request), address_of(request)
    _need_sign_up(gateway)
    fields = await read_page_form(request, None)
    email, password, after = normal_email(fields.get("email", "")), fields.get("password", ""), fields.get("next", "")
    error = ""
    if email is None:
        error = "That is no e-mail address."
    elif not MIN_CHARS <= len(password) <= MAX_CHARS:
        error = f"The password needs {MIN_CHARS} to {MAX_CHARS} characters."
    elif fields.get("terms") != "yes":
        error = "An account needs your agreement to the terms."
    if email is None or error:
        return render(request, "signup.html", 400, next=safe_next(after), email=email or "", error=error)

    def allowed(session: Session) -> int:
        wait_s = locked_for(session, gateway.secret, SIGN_UP_BY_ADDRESS, where, gateway.clock())
        if not wait_s:
            count_wrong(session, gateway.secret, SIGN_UP_BY_ADDRESS, where, gateway.clock())
        return wait_s

    if wait_s := await gateway.database.run(allowed):
        raise PageRefusal(429, "locked", "Too many accounts were made from there.", retry_after_s=wait_s)
    kept = await gateway.passwords.run(hash_password, password)

    def make(session: Session) -> str | None:
        account = create_account(session, email, kept, gateway.settings.accounts.terms, gateway.now())
        return sign_in(session, account.id, gateway.now()) if account else None

    token = await gateway.database.run(make)
    if token is None:
        error = "That address cannot be used. If you have an account, sign in."
        return render(request, "signup.html", 400, next=safe_next(after), email=email, error=error)
    response = go(safe_next(after))
    set_cookie(gateway, response, token)
    return response


@router.post("/logout", **GOES, openapi_extra=form_body({"form_token": "of the page"}))
async def logout(request: Request) -> Response:
    gateway, visitor = gateway_of(request), await visitor_of(request)
    await read_page_form(request, visitor)
    if visitor is not None:
        await gateway.database.run(lambda session: sign_out(session, visitor.token))
    response = go("/login")
    response.delete_cookie(cookie_name(gateway))
    return response


def _need_sign_up(gateway: Gateway) -> None:
    if not gateway.settings.accounts.sign_up:
        raise PageRefusal(403, "closed", "Accounts are made by the owner of this gateway.")


def _locked(session: Session, gateway: Gateway, email: str, where: str) -> int:
    now_s = gateway.clock()
    return max(
        locked_for(session, gateway.secret, PASSWORD_BY_ACCOUNT, email, now_s),
        locked_for(session, gateway.secret, PASSWORD_BY_ADDRESS, where, now_s),
    )


def _count(session: Session, gateway: Gateway, email: str, where: str) -> None:
    count_wrong(session, gateway.secret, PASSWORD_BY_ACCOUNT, email, gateway.clock())
    count_wrong(session, gateway.secret, PASSWORD_BY_ADDRESS, where, gateway.clock())
