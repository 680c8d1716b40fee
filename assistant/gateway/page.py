"""Pages for a person: templates, the cookie, and forms that only our own pages can send."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assistant.gateway.forms import FormError, read_form
from assistant.gateway.gateway import Gateway, gateway_of
from assistant.gateway.models import Account
from assistant.gateway.refusals import NO_STORE, PageRefusal
from assistant.gateway.sign_in import SIGNED_IN_FOR_S, form_token, signed_in

_FOLDER = Path(__file__).parent / "pages"
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
)
STYLE = (_FOLDER / "style.css").read_text(encoding="utf-8")
HEADERS = {
    **NO_STORE,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none';"
        " form-action 'self' https://checkout.stripe.com https://billing.stripe.com"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who is signed in; `token` is the cookie."""

    account: Account
    token: str


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page of this template; `visitor` is who is signed in, or None."""
    gateway, visitor = gateway_of(request), values.pop("visitor", None)
    text = _TEMPLATES.get_template(template).render(
        visitor=visitor,
        form_token=form_token(gateway.secret, visitor.token) if visitor else "",
        sign_up=gateway.settings.accounts.sign_up,
        terms_url=gateway.settings.accounts.terms_url,
        **values,
    )
    return HTMLResponse(text, status, HEADERS)


def refused(request: Request, refusal: PageRefusal) -> Response:
    page = render(request, "refused.html", refusal.status, sentence=refusal.sentence)
    page.headers.update(refusal.headers)
    return page


def go(path: str) -> RedirectResponse:
    """To another page, with GET."""
    return RedirectResponse(path, 303, HEADERS)


def safe_next(text: str) -> str:
    """Where to go after signing in: a page of ours, else the account page."""
    own = text in ("/account", "/activate") or text.startswith("/activate?user_code=")
    return text if own and len(text) < 100 and text.isascii() and text.isprintable() else "/account"


def cookie_name(gateway: Gateway) -> str:
    """`__Host-` binds it to TLS and to this host."""
    return "__Host-gateway" if gateway.base_url.startswith("https://") else "gateway"


def set_cookie(gateway: Gateway, response: Response, token: str) -> None:
    response.set_cookie(
        cookie_name(gateway),
        token,
        max_age=SIGNED_IN_FOR_S,
        httponly=True,
        samesite="lax",
        secure=gateway.base_url.startswith("https://"),
    )


async def visitor_of(request: Request) -> Visitor | None:
    gateway = gateway_of(request)
    token = request.cookies.get(cookie_name(gateway), "")
    if not token or len(token) > 100:
        return None
    account = await gateway.database.run(lambda session: signed_in(session, token, gateway.clock()))
    return Visitor(account=account, token=token) if account else None


async def need_visitor(request: Request) -> Visitor:
    """Raises: PageRefusal: nobody is signed in."""
    visitor = await visitor_of(request)
    if visitor is None:
        raise PageRefusal(401, "signed_out", "Sign in first.")
    return visitor


async def read_page_form(request: Request, visitor: Visitor | None) -> dict[str, str]:
    """The form of one of our pages.

    Raises:
        PageRefusal: it was sent by another site, or cannot be read.
    """
    gateway = gateway_of(request)
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if (origin is not None and origin != gateway.base_url) or site not in (None, "same-origin"):
        raise PageRefusal(403, "other_site", "This form was sent by another site.")
    try:
        fields = await read_form(request)
    except FormError as error:
        raise PageRefusal(400, "invalid_request", error.sentence) from None
    if visitor is not None:
        given = fields.get("form_token", "")
        if form_token(gateway.secret, visitor.token) != given:
            raise PageRefusal(403, "other_site", "This page is too old. Go back, reload it, and try again.")
    return fields
