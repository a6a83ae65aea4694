"""The doctor's lines on what limits sending: the Do-Not-Call list's age, email's reputation, the sender's budgets."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from agent.clock import SystemClock
from agent.rules.bottleneck import Waiting, bottleneck
from agent.rules.do_not_call import why_too_old
from agent.rules.limits import load_limits
from agent.rules.sender_limits import why_braked
from agent.settings import Settings
from agent.store import limits, waiting_messages
from agent.store.database import Database
from agent.store.installation import DEFAULT_TEAM
from agent.store.tables import teams

Line = tuple[str, str, str, str]


async def lines(settings: Settings) -> list[Line]:
    """Each line's name, `ok`, `off` or `broken`, what was found, and what to do next."""
    now = SystemClock().now()
    found = await _stored(settings, now)
    if found is None:
        return [_budgets(settings)]
    stored, waiting = found
    return [_number_list(stored, now), _reputation(stored, now), _budgets(settings), _bottleneck(settings, waiting)]


async def _stored(settings: Settings, now: datetime) -> tuple[limits.Limits, tuple[Waiting, ...]] | None:
    """What the database says; None where it cannot be read, which is another line's to tell."""
    brake = load_limits().brake_on(now.date())
    try:
        if not settings.tend_database_url and not (settings.data_dir / "tend.db").exists():
            return None
        async with Database(settings.database_url).opened_to_read() as database:
            async with database.reading(UUID(int=0)) as conn:
                team_id = await conn.scalar(select(teams.c.id).where(teams.c.key == DEFAULT_TEAM))
            if team_id is None:
                return None
            async with database.reading(team_id) as conn:
                days = brake.window_days if brake is not None else 0
                reputation = await limits.mail_reputation(conn, team_id=team_id, now=now, days=days)
                return reputation, await waiting_messages.waiting(conn, team_id=team_id, now=now)
    except Exception:  # noqa: BLE001 - the line on the database says what is wrong with it
        return None


def _bottleneck(settings: Settings, waiting: tuple[Waiting, ...]) -> Line:
    said = bottleneck(waiting, paces={"sms": settings.text_pace, "email": settings.email_pace})
    return "bottleneck", "ok", said or "nothing that is due waits for more than a moment", ""


def _number_list(found: limits.Limits, now: datetime) -> Line:
    name = "Do-Not-Call list"
    rule = load_limits().do_not_call_on(now.date())
    if found.list_checked_on is None or rule is None:
        return name, "off", "none was uploaded; no text is checked against it", "upload one: tend dnc FILE"
    too_old = why_too_old(found.list_checked_on, on=now.date(), rule=rule)
    if too_old is not None:
        return name, "broken", f"{too_old}; texts nobody asked for are held", "upload a new one: tend dnc FILE"
    return name, "ok", f"of {found.list_checked_on}, good for {rule.list_good_for_days} days", ""


def _reputation(found: limits.Limits, now: datetime) -> Line:
    name = "email reputation"
    rule = load_limits().brake_on(now.date())
    counted = f"{found.bounces} bounces and {found.complaints} complaints"
    if rule is None:
        return name, "off", "no brake is in force", ""
    braked = why_braked(sent=found.emails_in_window, bounces=found.bounces, complaints=found.complaints, rule=rule)
    if braked is not None:
        return name, "broken", braked, "mend the addresses, then run: tend resume"
    return name, "ok", f"{counted} in {rule.window_days} days", ""


def _budgets(settings: Settings) -> Line:
    texts, ladder = settings.text_budget, settings.email_ladder
    if texts is None and not ladder:
        return "sender budgets", "off", "no limit", "TEND_TEXTS_PER_DAY and TEND_EMAIL_WARM_UP set them"
    said = [f"{texts} text segments in 24 hours" if texts is not None else "texts without limit"]
    said.append(f"email {', '.join(map(str, ladder))} a day, week by week" if ladder else "email without a ladder")
    return "sender budgets", "ok", "; ".join(said), ""
