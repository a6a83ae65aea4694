"""The reckoning after a chapter of kills: each way to break the promise is seen, and a kept one is not accused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from agent.clock import ManualClock
from agent.flows.sending import Sending
from agent.store.ids import new_id
from agent.store.tables import touches
from agent.tend import Doors, Tend
from bench.crash_checks import Verdict, verdict
from bench.installation import opened
from bench.waiting import addresses_of, enroll
from channels.providers.memory import MemoryEmailSender, MemorySmsSender
from integrations.providers.local_reader import LocalReader

START = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
PEOPLE = 3


async def told(folder: Path, *, send: bool = True, extra: tuple[tuple[str, str], ...] = (), **change: Any) -> Verdict:
    """What is said of three people whose touch was due, after something was changed behind everyone's back."""
    email, sms, reader = MemoryEmailSender(), MemorySmsSender(), LocalReader()
    doors = Doors(email=email, sms=sms, reader=reader, local_reader=reader)
    async with opened(folder, clock=ManualClock(START), made_doors=doors) as tend:
        await enroll(tend, due=[START] * PEOPLE, later=0, seed=1)
        if send:
            await Sending(tend).send_due()
        if change:
            await _change_one(tend, sent=send, **change)
        received = [(each.our_id, each.to) for each in email.sent] + [(each.our_id, each.to) for each in sms.sent]
        async with tend.reading() as conn:
            return await verdict(conn, tend.team_id, enrolled=PEOPLE, received=[*received, *extra])


async def _change_one(tend: Tend, *, sent: bool, **change: Any) -> None:
    async with tend.reading() as conn:
        found = (await conn.execute(touches.select().where(touches.c.team_id == tend.team_id))).all()
    one = next(
        row for row in found if (row.state == "sent" and row.ended_at == START if sent else row.state == "planned")
    )
    await tend.writer.run(
        lambda conn: conn.execute(
            update(touches).where(touches.c.team_id == tend.team_id, touches.c.id == one.id).values(**change)
        )
    )


async def test_what_was_sent_once_and_recorded_is_kept(tmp_path: Path) -> None:
    found = await told(tmp_path)

    assert (found.due, found.sent, found.doubled, found.lost, found.uncertain) == (PEOPLE, PEOPLE, 0, 0, 0)
    assert found.wrong == ()


async def test_a_second_message_to_one_address_is_doubled_whatever_id_it_has(tmp_path: Path) -> None:
    assert (await told(tmp_path, send=False, extra=((new_id().hex, addresses_of(0)[0]),) * 2)).doubled == 1


async def test_an_alert_to_somebody_of_the_team_is_not_counted(tmp_path: Path) -> None:
    found = await told(tmp_path, extra=((new_id().hex, "dana@alder.example.com"),) * 2)

    assert (found.sent, found.doubled, found.lost) == (PEOPLE, 0, 0)


async def test_a_received_message_nobody_wrote_down_is_lost(tmp_path: Path) -> None:
    assert (await told(tmp_path, extra=((new_id().hex, addresses_of(0)[0]),))).lost == 1


@pytest.mark.parametrize(
    "change",
    [{"state": "failed", "word": "broken"}, {"state": "claimed"}, {"state": "sending"}, {"state": "canceled"}],
    ids=lambda change: str(change["state"]),
)
async def test_a_received_message_recorded_as_anything_but_sent_is_lost(tmp_path: Path, change: dict[str, Any]) -> None:
    assert (await told(tmp_path, **change)).lost == 1


@pytest.mark.parametrize("state", ["sent", "failed", "claimed", "sending", "canceled"])
async def test_a_touch_that_never_left_and_waits_for_nothing_is_lost(tmp_path: Path, state: str) -> None:
    found = await told(tmp_path, send=False, state=state)

    assert any(f"is {state} " in sentence for sentence in found.wrong)


async def test_a_touch_nobody_settled_is_uncertain(tmp_path: Path) -> None:
    assert (await told(tmp_path, state="uncertain")).uncertain == 1
