"""What `tend doctor` says of how other systems are heard: what they pushed, and how changes in the CRM reach Tend."""

from __future__ import annotations

from agent.commands.finding import Finding
from agent.store import crm_links, inbox, installation
from agent.store.database import Database


async def lines(database: Database) -> list[Finding]:
    """The lines, from what the open database remembers."""
    return [await _events(database), *await _link(database)]


async def _events(database: Database) -> Finding:
    """Whether all that other systems pushed was taken in."""
    team_id = await installation.default_team(database)
    trouble = None
    if team_id is not None:
        async with database.reading(team_id) as conn:
            trouble = await inbox.trouble(conn, team_id=team_id)
    if trouble is None:
        return Finding("pushed events", "ok", "all that came was taken in, or is not due yet")
    if trouble.failed:
        found = f"{trouble.failed} could not be taken in: {trouble.reason}"
        return Finding("pushed events", "broken", found, "mend the cause, then press “Try again” on Today")
    found = f"{trouble.waiting} not taken in after several tries: {trouble.reason}"
    return Finding("pushed events", "broken", found, "mend the cause; Tend keeps trying")


async def _link(database: Database) -> list[Finding]:
    """How changes in the CRM reach Tend; nothing before it was asked or connected."""
    team_id = await installation.default_team(database)
    if team_id is None:
        return []
    async with database.reading(team_id) as conn:
        link = await crm_links.one(conn, team_id=team_id, crm="followupboss")
    if link is None:
        return []
    asked = f", last asked at {link.polled_at:%Y-%m-%d %H:%M} UTC" if link.polled_at is not None else ""
    if link.pushes:
        return [Finding("FUB changes", "ok", f"pushed to {link.hooks_url}, asked for every 15 minutes as well{asked}")]
    if link.hooks_url:
        return [Finding("FUB changes", "broken", link.trouble or "not pushed", "run: tend fub connect")]
    return [Finding("FUB changes", "off", f"asked for every minute, not pushed{asked}", "run: tend fub connect")]
