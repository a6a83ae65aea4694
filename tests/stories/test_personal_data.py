"""What people told us is nowhere in plain: not in the database, not in its files, not in the logs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from agent import log
from agent.flows import controls
from agent.store.tables import conversations, metadata
from tests import cast
from tests.cast import Lead
from tests.stories.world import World

ZEPHYRINE = Lead(
    "Zephyrine",
    "Quillfeather",
    "zeph.quillfeather@example.com",
    "+15125550177",
    "Austin",
    "TX",
    "has a name of her own",
)
OTHER = Lead(
    "Thaddeus",
    "Wobblestone",
    "thad.wobblestone@example.com",
    "+15125550178",
    "Austin",
    "TX",
    "says stop in his own words",
)
SECRETS = (
    "zephyrine",
    "quillfeather",
    "thaddeus",
    "wobblestone",
    "5125550177",
    "5125550178",
    "kumquatorium",
    "gazebolicious",
    "hyacinthine",
    "marmaladery",
    "pumpernickeled",
    "203.0.113.77",
)
"""Names, digits, an address of the network, and one word out of everything anybody wrote."""


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything Tend logs while the test runs, at the level and through the processors of production."""
    there = io.StringIO()
    before = structlog.get_config()
    vars(log.log).pop("bind", None)  # what a command run in this process kept of its own configuration
    log.set_up("json", level=0)
    structlog.configure(
        processors=structlog.get_config()["processors"],
        logger_factory=structlog.PrintLoggerFactory(there),
        cache_logger_on_first_use=False,
    )
    yield there
    structlog.configure(**before)


async def everything_they_told(world: World) -> None:
    """Two people come in, write on both channels, are answered by a person, and one says stop."""
    lead_id = await world.arrive(ZEPHYRINE, text_consent="yes", background="Looking near the Kumquatorium, 450k")
    form = cast.form(OTHER, lead_details={"message": "Is the Gazebolicious place still for sale? Please call me"})
    form["tracking"]["ip_address"] = "203.0.113.77"
    assert (await world.post_form(form)).status_code == 201
    await world.live(minutes=5)
    await world.text(ZEPHYRINE, "Can we see the Hyacinthine house on Saturday?")
    await world.mail(cast.mail(ZEPHYRINE, "Is this a bot? My Marmaladery has to fit in."))
    await world.live(minutes=50)
    (talk,) = await world.rows(conversations, lead_id=lead_id)
    planned = await controls.reply(
        world.tend,
        lead_id,
        channel="sms",
        subject="",
        body="Hello, the Pumpernickeled kitchen is lovely.",
        user_id=world.tend.user_ids["dana"],
        generation=talk.generation,
    )
    assert isinstance(planned, controls.ReplyPlanned)
    await world.mail(cast.mail(OTHER, "Wobblestone here. Please stop writing to me"))
    await world.live(days=3)
    await world.post_form({"contact": {"email": ZEPHYRINE.email, "firstName": ZEPHYRINE.first}})
    await world.text(ZEPHYRINE, "Hyacinthine again", sid="not a message id")


def found_in(there: bytes) -> list[str]:
    """Which secrets stand in these bytes, whatever their case."""
    folded = there.lower()
    return [secret for secret in SECRETS if secret.encode() in folded or secret.encode("utf-16-le") in folded]


def files_under(folder: Path) -> list[Path]:
    """Every file the test's Tend has written."""
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_nothing_personal_is_in_plain_in_any_column_any_file_or_any_log_line(
    world: World, logged: io.StringIO, tmp_path: Path
) -> None:
    await everything_they_told(world)
    assert any("Pumpernickeled" in text.body for text in world.texts_to(ZEPHYRINE))
    assert any("Hyacinthine" in email.text for email in world.email.sent)

    async def dump(conn: AsyncConnection) -> dict[str, bytes]:
        dumped = {}
        for table in metadata.sorted_tables:
            rows = await conn.execute(text(f"SELECT * FROM {table.name}"))  # noqa: S608 - our own tables' names
            dumped[table.name] = b"\n".join(
                bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                for row in rows
                for value in row
            )
        return dumped

    plain = await world.plain(await world.lead_id(ZEPHYRINE))
    assert (plain["first_name"], plain["last_name"]) == (ZEPHYRINE.first, ZEPHYRINE.last)
    tables = await world.tend.writer.run(dump)
    assert {name: found for name, there in tables.items() if (found := found_in(there))} == {}
    assert sum(map(len, tables.values())) > 10_000
    lines = logged.getvalue()
    assert "reply.received" in lines
    assert "touch.sent" in lines or "lead.taken_in" in lines
    assert found_in(lines.encode()) == []
    files = {path.name: path.read_bytes() for path in files_under(tmp_path)}
    assert {name: found for name, there in files.items() if (found := found_in(there))} == {}
    if world.tend.database.is_sqlite:
        assert {"tend.db", "tend.db-wal"} <= files.keys()


def test_the_search_itself_would_find_them() -> None:
    assert found_in(b"... Zephyrine said ...") == ["zephyrine"]
    assert found_in("kumquatorium".encode("utf-16-le")) == ["kumquatorium"]
