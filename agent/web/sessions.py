"""Who is signed in: opaque sessions, one-time sign-in links and API tokens, all rows of `login_sessions`.

Only a keyed hash of a token is stored. A session begins with a new token at every sign-in, never with one a browser
brought; it ends after 12 idle hours or 30 days. A link works once, for 15 minutes, and its GET does nothing, because
mail scanners open links. These instants are the machine's clock, not Tend's: a rehearsal must not sign people out.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from litestar.datastructures import Cookie
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.ids import new_id
from agent.store.tables import login_sessions
from agent.tend import Tend

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=30)
LINK_LASTS = timedelta(minutes=15)
API_LASTS = timedelta(days=365)
_SEEN_AGAIN_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A good session or API token, and whose it is (None where it belongs to nobody in particular)."""

    session_id: UUID
    user_id: UUID | None


async def make_sign_in_link(tend: Tend, *, address: str | None = None, key: str = "") -> str:
    """Make a one-time link that signs in the person with this key, else whoever leads the team; it lasts 15 minutes.

    It starts with `address` where the caller knows how the browser reaches us, else with the public address.
    """
    user_id = tend.user_ids[key or tend.team.lead_of_team.key]
    token = await _make(tend, kind="link", user_id=user_id, lasts=LINK_LASTS, prefix="")
    return f"{(address or tend.settings.public_url).rstrip('/')}/login/{token}"


async def make_api_token(tend: Tend, *, user_id: UUID | None) -> str:
    """Make a bearer token for programs; it lasts a year."""
    return await _make(tend, kind="api", user_id=user_id, lasts=API_LASTS, prefix="tend_")


async def redeem(tend: Tend, token: str, *, replaces: str | None) -> str | None:
    """Turn a sign-in link's token into a new session's token; None when it was used, is too old or never was.

    The session the browser had (`replaces`) ends in the same transaction.
    """
    session = secrets.token_urlsafe(32)

    async def unit(conn: AsyncConnection) -> str | None:
        now = _now()
        used = await conn.execute(
            update(login_sessions)
            .where(
                login_sessions.c.team_id == tend.team_id,
                login_sessions.c.token_hash == _hash(tend, token),
                login_sessions.c.kind == "link",
                login_sessions.c.used_at.is_(None),
                login_sessions.c.expires_at > now,
            )
            .values(used_at=now)
            .returning(login_sessions.c.user_id)
        )
        row = used.one_or_none()
        if row is None:
            return None
        await _end(conn, tend, replaces)
        await conn.execute(
            delete(login_sessions).where(login_sessions.c.team_id == tend.team_id, login_sessions.c.expires_at < now)
        )
        await _insert(conn, tend, token=session, kind="session", user_id=row.user_id, lasts=ABSOLUTE)
        return session

    return await tend.writer.run(unit)


async def link_is_good(tend: Tend, token: str) -> bool:
    """Whether a sign-in link would still work."""
    async with tend.reading() as conn:
        found = await conn.execute(
            select(login_sessions.c.id).where(
                login_sessions.c.team_id == tend.team_id,
                login_sessions.c.token_hash == _hash(tend, token),
                login_sessions.c.kind == "link",
                login_sessions.c.used_at.is_(None),
                login_sessions.c.expires_at > _now(),
            )
        )
    return found.first() is not None


async def who(tend: Tend, token: str, *, kind: str) -> SignedIn | None:
    """Whose session (`session`) or token (`api`) this is; None when it is neither good nor alive."""
    now = _now()
    async with tend.reading() as conn:
        found = await conn.execute(
            select(login_sessions).where(
                login_sessions.c.team_id == tend.team_id,
                login_sessions.c.token_hash == _hash(tend, token),
                login_sessions.c.kind == kind,
                login_sessions.c.expires_at > now,
            )
        )
        row = found.one_or_none()
    if row is None:
        return None
    seen = row.last_seen_at or row.created_at
    if kind == "session" and now - seen > IDLE:
        return None
    if now - seen > _SEEN_AGAIN_AFTER:
        await tend.writer.run(lambda conn: _saw(conn, tend, row.id, now))
    return SignedIn(row.id, row.user_id)


async def sign_out(tend: Tend, token: str) -> None:
    """End one session."""
    await tend.writer.run(lambda conn: _end(conn, tend, token))


def cookie_name(tend: Tend) -> str:
    """`__Host-tend` where the public address is https, which pins the cookie to this very host."""
    return "__Host-tend" if _https(tend) else "tend"


def cookie(tend: Tend, token: str) -> Cookie:
    """The session cookie; an empty token takes it away."""
    return Cookie(
        key=cookie_name(tend),
        value=token,
        path="/",
        httponly=True,
        secure=_https(tend),
        samesite="lax",
        max_age=int(ABSOLUTE.total_seconds()) if token else 0,
    )


async def _make(tend: Tend, *, kind: str, user_id: UUID | None, lasts: timedelta, prefix: str) -> str:
    token = prefix + secrets.token_urlsafe(32)
    await tend.writer.run(lambda conn: _insert(conn, tend, token=token, kind=kind, user_id=user_id, lasts=lasts))
    return token


async def _insert(
    conn: AsyncConnection, tend: Tend, *, token: str, kind: str, user_id: UUID | None, lasts: timedelta
) -> None:
    now = _now()
    await conn.execute(
        insert(login_sessions).values(
            id=new_id(),
            team_id=tend.team_id,
            user_id=user_id,
            kind=kind,
            token_hash=_hash(tend, token),
            created_at=now,
            last_seen_at=now,
            expires_at=now + lasts,
        )
    )


async def _end(conn: AsyncConnection, tend: Tend, token: str | None) -> None:
    if token:
        await conn.execute(
            delete(login_sessions).where(
                login_sessions.c.team_id == tend.team_id, login_sessions.c.token_hash == _hash(tend, token)
            )
        )


async def _saw(conn: AsyncConnection, tend: Tend, session_id: UUID, now: datetime) -> None:
    await conn.execute(
        update(login_sessions)
        .where(login_sessions.c.team_id == tend.team_id, login_sessions.c.id == session_id)
        .values(last_seen_at=now)
    )


def _hash(tend: Tend, token: str) -> bytes:
    return tend.sealer.hash("session", token)


def _https(tend: Tend) -> bool:
    return tend.settings.public_url.startswith("https://")


def _now() -> datetime:
    return datetime.now(UTC)
