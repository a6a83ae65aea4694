"""A person says that a message was read wrongly, and what it means.

The word is kept beside the reading, and what follows from it is put right where that is harmless: the intent the lead
is known by, its score and the timeline. Nothing that was sent, ended or opted out is taken back by it; and where the
person says that the words ask us to stop, Tend is silent and asks for the decision that only “Opt out” makes.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed, handing, judging
from agent.rules.steering import KNOWN_BY
from agent.rules.triage_words import SAID
from agent.store import corrections, enrollments, leads
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.language_model import STOPS, Intent


async def correct(tend: Tend, lead_id: UUID, *, reading_id: UUID, intent: Intent, user_id: UUID | None) -> bool:
    """Keep what the message means and do what harmlessly follows; False where there is no such reading."""

    async def unit(conn: AsyncConnection) -> bool:
        reading = await corrections.correct(
            conn,
            team_id=tend.team_id,
            lead_id=lead_id,
            reading_id=reading_id,
            intent=intent,
            by=user_id,
            at=tend.now(),
        )
        if reading is None:
            return False
        await _be_known_by(conn, tend, lead_id, wrong=reading.intent)
        said = f"a person said what it meant: {SAID[intent]}, and not: {SAID[Intent(reading.intent)]}"
        await handing.tell_timeline(conn, tend, lead_id, kind="corrected", said=said)
        if intent in STOPS and Intent(reading.intent) not in STOPS:
            await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead_id, now=tend.now())
            quote = corrections.quote_of(tend.sealer, reading_id, reading.detail)
            await handing.ask_about_doubt(conn, tend, lead_id, quote=quote)
        after_commit(conn, "live")
        return True

    return await tend.writer.run(unit)


async def exported(tend: Tend) -> list[dict[str, Any]]:
    """The corrected messages as lines that `tend eval reading` reads. They hold what people wrote."""
    async with tend.reading() as conn:
        found = await corrections.everyone(conn, team_id=tend.team_id, sealer=tend.sealer)
    return [
        {
            "id": each.message_id.hex,
            "text": each.text,
            "label": each.label,
            "previous_outbound": each.previous_outbound,
            "read_as": each.read_as,
            "reader": each.reader,
        }
        for each in found
        if each.text
    ]


async def _be_known_by(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, wrong: str) -> None:
    """Show the lead by what its messages mean now, unless what it is shown by came from elsewhere (a form, the CRM)."""
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    known = await corrections.known_by(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is None or not known or lead.intent == known:
        return
    if lead.intent == wrong or Intent(known) in KNOWN_BY:
        await leads.change(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead_id,
            now=tend.now(),
            values={"intent": known},
        )
        await crm_owed.person(conn, tend, lead_id)
        await judging.rescore(conn, tend, [lead_id])
