"""Who may see what: one-time links, sessions, tokens, and requests that come from other sites."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.tables import login_sessions
from agent.tend import Tend
from agent.web import sessions
from agent.web.app import make_app
from tests.web.stage import Stage

CLOSED = (
    "/",
    "/leads",
    "/did",
    "/aged",
    "/campaigns",
    "/events",
    "/schema/openapi.json",
    "/v1/api/leads/lead_1/status",
)
OPEN = ("/healthz", "/readyz", "/login", "/static/tend.css")


def sign_in(stage: Stage, browser: httpx.Client) -> httpx.Response:
    """Use a fresh link."""
    link = stage.do(sessions.make_sign_in_link)
    return browser.post(link)


async def grow_older(tend: Tend, by: timedelta, *, kind: str, column: str) -> None:
    """Make every row of this kind older."""
    mine = (login_sessions.c.team_id == tend.team_id) & (login_sessions.c.kind == kind)

    async def unit(conn: AsyncConnection) -> None:
        for row in (await conn.execute(select(login_sessions).where(mine))).all():
            older = {column: getattr(row, column) - by}
            await conn.execute(update(login_sessions).where(mine, login_sessions.c.id == row.id).values(older))

    await tend.writer.run(unit)


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_is_shown_to_somebody_who_is_not_signed_in(locked_stage: Stage, path: str) -> None:
    with locked_stage.client() as browser:
        answer = browser.get(path)

    assert answer.status_code in {303, 401}
    assert answer.headers.get("location", "/login") == "/login"
    assert "Maria" not in answer.text


@pytest.mark.parametrize("path", OPEN)
def test_what_must_be_open_is_open(locked_stage: Stage, path: str) -> None:
    with locked_stage.client() as browser:
        assert browser.get(path).status_code == 200


def test_every_route_is_closed_unless_it_says_it_is_public(locked_stage: Stage) -> None:
    with locked_stage.client(headers={"accept": "application/json"}) as browser:
        for path in (
            "/leads/lead_1/call",
            "/pause-everything",
            "/aged/start",
            "/campaigns/confirm",
            "/theme",
            "/logout",
        ):
            assert browser.post(path).status_code == 401, path


def test_a_link_signs_in_once_and_only_by_its_button(locked_stage: Stage) -> None:
    link = locked_stage.do(sessions.make_sign_in_link)
    with locked_stage.client() as browser, locked_stage.client() as thief:
        assert "Sign in</button>" in browser.get(link).text
        assert browser.get("/").status_code == 303
        signed_in = browser.post(link)
        assert signed_in.headers["location"] == "/"
        assert "Maria Alvarez" in browser.get("/").text
        assert thief.post(link).status_code == 404
        assert thief.get("/").status_code == 303


def test_a_session_begins_with_a_new_token_whatever_the_browser_brought(locked_stage: Stage) -> None:
    with locked_stage.client(cookies={"tend": "chosen-by-somebody-else"}) as browser:
        given = sign_in(locked_stage, browser).headers["set-cookie"]

    token = re.match(r"tend=([^;]+)", given)
    assert token is not None
    assert token[1] != "chosen-by-somebody-else"
    assert "HttpOnly" in given
    assert "SameSite=lax" in given
    with locked_stage.client(cookies={"tend": "chosen-by-somebody-else"}) as browser:
        assert browser.get("/").status_code == 303


def test_whoever_signed_in_can_sign_out_on_every_page(locked_stage: Stage) -> None:
    with locked_stage.client() as browser:
        sign_in(locked_stage, browser)
        assert 'action="/logout"' in browser.get("/campaigns").text


def test_signing_out_ends_the_session_on_the_server(locked_stage: Stage) -> None:
    with locked_stage.client() as browser:
        sign_in(locked_stage, browser)
        kept = dict(browser.cookies)
        assert browser.post("/logout").headers["location"] == "/login"
    with locked_stage.client(cookies=kept) as browser:
        assert browser.get("/").status_code == 303


@pytest.mark.parametrize(
    "column, hours, alive",
    [
        ("last_seen_at", 11, True),
        ("last_seen_at", 13, False),
        ("expires_at", 29 * 24, True),
        ("expires_at", 31 * 24, False),
    ],
)
def test_a_session_ends_after_twelve_idle_hours_or_thirty_days(
    locked_stage: Stage, column: str, hours: int, *, alive: bool
) -> None:
    with locked_stage.client() as browser:
        sign_in(locked_stage, browser)
        locked_stage.do(lambda tend: grow_older(tend, timedelta(hours=hours), kind="session", column=column))
        assert (browser.get("/").status_code == 200) is alive


def test_a_sign_in_link_older_than_fifteen_minutes_is_refused(locked_stage: Stage) -> None:
    link = locked_stage.do(sessions.make_sign_in_link)
    locked_stage.do(lambda tend: grow_older(tend, timedelta(minutes=16), kind="link", column="expires_at"))
    with locked_stage.client() as browser:
        assert browser.post(link).status_code == 404
        assert "older than 15 minutes" in browser.get(link).text


def test_a_program_reads_the_api_with_a_token_and_the_pages_with_none(locked_stage: Stage) -> None:
    token = locked_stage.do(lambda tend: sessions.make_api_token(tend, user_id=None))
    path = f"/v1/api{locked_stage.page('maria.alvarez@example.com')}/status"
    with locked_stage.client(headers={"authorization": f"Bearer {token}"}) as program:
        assert program.get(path).json()["status"] == "qualified"
        assert program.get("/").status_code == 303
    with locked_stage.client(headers={"authorization": "Bearer tend_guess"}) as program:
        assert program.get(path).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {},
    ],
    ids=str,
)
def test_a_button_pressed_from_another_site_does_nothing(stage: Stage, headers: dict[str, str]) -> None:
    answer = httpx.post(f"{stage.address}/pause-everything", headers=headers)

    assert answer.status_code == 403
    assert "All sending is paused" not in httpx.get(f"{stage.address}/").text


def test_an_older_browser_is_known_by_its_origin(own_stage: Stage) -> None:
    answer = httpx.post(f"{own_stage.address}/pause-everything", headers={"origin": own_stage.address})

    assert answer.status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "tend.example.com"},
        {"host": "127.0.0.1.example.com"},
        {"x-forwarded-for": "203.0.113.9"},
        {"x-forwarded-host": "127.0.0.1"},
        {"forwarded": "for=203.0.113.9"},
        {"via": "1.1 tunnel"},
    ],
    ids=str,
)
def test_the_open_demo_is_closed_to_whoever_comes_through_a_tunnel(stage: Stage, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{stage.address}/", headers={"accept": "text/html", **headers})

    assert answer.status_code == 303
    assert answer.headers["location"] == "/login"


@pytest.mark.parametrize(
    "address, inside",
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.168.1.23", False),
        ("::ffff:192.168.1.23", False),
        ("2001:db8::7", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_the_open_demo_is_closed_to_neighbours_who_say_they_are_here(
    stage: Stage, address: str, *, inside: bool
) -> None:
    async def knock(tend: Tend) -> int:
        peer = httpx.ASGITransport(cast("Any", make_app(tend, open_to_all=True)), client=(address, 50_000))
        async with httpx.AsyncClient(transport=peer, base_url="http://localhost:8000") as neighbour:
            return (await neighbour.get("/v1/api/leads/lead_x/status")).status_code

    assert stage.do(knock) == (404 if inside else 401)
