"""The doctor's lines on what the database says: whether it opens, what was not taken in, which senders refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from agent.commands import crm_heard
from agent.commands.finding import Finding
from agent.rules.stray_mail import stray_mail
from agent.rules.who_read import who_read
from agent.settings import Settings
from agent.store import inbox, installation, read_by, senders
from agent.store.database import Database, DatabaseUnusable

_CALLED = {"sms": "texts", "email": "email", "whatsapp": "WhatsApp"}


async def findings(settings: Settings) -> list[Finding]:
    """Open the database to read, and ask it."""
    try:
        database = Database(settings.database_url)
    except DatabaseUnusable as error:
        return [Finding("database", "broken", str(error), "mend TEND_DATABASE_URL")]
    shown = database.url.render_as_string(hide_password=True)
    if database.is_sqlite and not settings.tend_database_url and not (settings.data_dir / "tend.db").exists():
        return [Finding("database", "off", f"{shown} does not exist yet", "`tend serve` makes it at first start")]
    try:
        async with database.opened_to_read():
            return [
                Finding("database", "ok", shown),
                *await crm_heard.lines(database),
                *await _read(database),
                *await _strays(database),
                *await _senders(database),
            ]
    except Exception as error:  # noqa: BLE001 - whatever keeps it from opening is the finding
        found = f"{shown}: {str(error).splitlines()[0]}"
        return [Finding("database", "broken", found, "run: tend migrate, or mend TEND_DATABASE_URL")]


async def _read(database: Database) -> list[Finding]:
    """Who read what came in, so that the share a model is asked of, and its price, can be seen."""
    team_id = await installation.default_team(database)
    if team_id is None:
        return []
    since = datetime.now(UTC) - timedelta(days=30)
    async with database.reading(team_id) as conn:
        readers = await read_by.readers(conn, team_id=team_id, since=since)
        spent = await read_by.spent(conn, team_id=team_id, since=since)
    said = who_read(readers, cost_microusd=spent)
    return [Finding("messages read", "ok", said)] if said is not None else []


async def _strays(database: Database) -> list[Finding]:
    """What machines wrote to us from addresses nobody has."""
    team_id = await installation.default_team(database)
    if team_id is None:
        return []
    async with database.reading(team_id) as conn:
        came = await inbox.stray_mails(conn, team_id=team_id, since=datetime.now(UTC) - timedelta(days=1))
    said = stray_mail(came)
    return [Finding("automatic mail", "ok", said)] if said is not None else []


async def _senders(database: Database) -> list[Finding]:
    """Whether a vendor refuses what we send because of how it is set up."""
    team_id = await installation.default_team(database)
    if team_id is None:
        return []
    async with database.reading(team_id) as conn:
        found = await senders.trouble(conn, team_id=team_id, now=datetime.now(UTC))
    return [
        Finding(
            f"sender of {_CALLED[one.channel]}",
            "broken",
            f"{one.waiting} waiting ({one.reason})" if one.waiting else f"{one.turned_away} turned away in a day",
            "mend the settings above, or the vendor's registration of the sender; then press “Try again” on Today",
        )
        for one in found
    ]
