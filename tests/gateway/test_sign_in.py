"""Accounts of people: made, signed in to, locked against guessing."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from assistant.gateway.sign_in import normal_email
from tests.gateway.person import PASSWORD, Clock, Person, text_of

pytestmark = pytest.mark.contract


def test_make_an_account_sign_out_and_in(client: TestClient) -> None:
    """The cookie is out of reach of scripts; signed out it is worth nothing."""
    ada = Person.sign_up(client, "Ada@Example.org ")
    assert "ada@example.org" in text_of(ada.get("/account"))
    kept = dict(ada.cookies)
    assert 303 == ada.post_form("/account", "/logout").status_code
    ada.cookies = kept
    assert "/login?next=%2Faccount" == ada.get("/account").headers["location"]
    answer = ada.post("/login", email="ADA@example.org", password=PASSWORD, next="/activate?user_code=BBBB-BBBB")
    assert (303, "/activate?user_code=BBBB-BBBB") == (answer.status_code, answer.headers["location"])
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie
    assert 200 == ada.get("/account").status_code


def test_a_session_ends_after_two_weeks(person: Person, clock: Clock) -> None:
    clock.advance(14 * 86_400)
    assert 303 == person.get("/account").status_code


@pytest.mark.parametrize(
    ("email", "password", "terms"),
    [
        ("ada", PASSWORD, "yes"),
        ("ada@example.org", "short", "yes"),
        ("ada@example.org", "x" * 201, "yes"),
        ("ada@example.org", PASSWORD, ""),
        ('"<script>"@example.org', PASSWORD, "yes"),
    ],
)
def test_what_makes_no_account(client: TestClient, email: str, password: str, terms: str) -> None:
    stranger = Person(client, email)
    assert 400 == stranger.post("/signup", email=email, password=password, terms=terms).status_code
    assert {} == stranger.cookies


def test_an_address_has_one_account(client: TestClient, person: Person) -> None:
    answer = Person(client, person.email).post("/signup", email=person.email, password=PASSWORD, terms="yes")
    assert (400, True) == (answer.status_code, "cannot be used" in text_of(answer))


def test_guessing_a_password_is_locked_out(client: TestClient, person: Person, clock: Clock) -> None:
    """After ten wrong ones the right one waits, too; the answer is the same for an address without an account."""
    guesser = Person(client, "")
    wrong = [guesser.post("/login", email=person.email, password="wrong password") for _ in range(10)]
    assert {403} == {answer.status_code for answer in wrong}
    locked = guesser.post("/login", email=person.email, password=PASSWORD)
    assert (429, "300") == (locked.status_code, locked.headers["retry-after"])
    unknown = guesser.post("/login", email="nobody@example.org", password="wrong password")
    assert text_of(wrong[0]).replace(person.email, "") == text_of(unknown)
    clock.advance(300)
    assert 303 == guesser.post("/login", email=person.email, password=PASSWORD).status_code


def test_other_sites_cannot_send_our_forms(client: TestClient, person: Person) -> None:
    """By Origin, by Sec-Fetch-Site, and for who is signed in by the form's token."""
    for header in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = client.post("/login", data={"email": person.email, "password": PASSWORD}, headers=header)
        assert 403 == answer.status_code
    assert 403 == person.post("/logout", form_token="0" * 64).status_code


@pytest.mark.parametrize("after", ["https://evil.example", "//evil.example", "/\\evil.example", "/activate/../x", "x"])
def test_signing_in_leads_to_our_pages_only(client: TestClient, person: Person, after: str) -> None:
    answer = Person(client, "").post("/login", email=person.email, password=PASSWORD, next=after)
    assert "/account" == answer.headers["location"]


def test_pages_are_locked_down(client: TestClient) -> None:
    """No scripts, no frames, no caches."""
    headers = client.get("/login").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "no-store" == headers["cache-control"]


def test_a_foreign_host_name_is_refused(client: TestClient) -> None:
    """A page of another name that resolves to this machine gets nothing (case A1)."""
    assert 400 == client.get("/login", headers={"Host": "evil.example"}).status_code


def test_bodies_are_bounded(client: TestClient) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/oauth/token", content=b"a" * 70_000, headers=form)
    assert (413, "too_large") == (answer.status_code, answer.json()["error"])
    assert 413 == client.post("/login", content=b"a" * 70_000, headers=form).status_code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Ada@Example.ORG", "ada@example.org"),
        ("a@b", None),
        ("a b@example.org", None),
        ("a@exämple.org", None),
        ("a" * 250 + "@example.org", None),
        ("a@example.org\n", "a@example.org"),
        ("a@@example.org", None),
    ],
)
def test_addresses(text: str, expected: str | None) -> None:
    assert expected == normal_email(text)
