"""A database full of people in a sequence: real rows, sealed and hashed as Tend's own, written in bulk.

Each lead has both addresses, consent to both channels, a conversation, an enrollment in the buyers' sequence, the
message they got last and the touch that comes next. Who is due when is the caller's to say; everybody else is due in
the month after.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.consent import WEB_FORM
from agent.rules.sequences import Sequence as Plan
from agent.rules.sequences import Step, StepFacts
from agent.store import leads as lead_rows
from agent.store.ids import new_id
from agent.store.leads import KnownAddress
from agent.store.steps import LATE_AFTER
from agent.store.tables import addresses, consents, conversations, enrollments, leads, messages, touches
from agent.tend import Tend

SEQUENCE = "new-buyer"
_TOGETHER = 2_000
_ORDER = (leads, conversations, addresses, consents, enrollments, touches, messages)
_WORDING = "I agree to receive texts and emails from Alder Realty about my inquiry. Reply STOP to end."
_KNOWN = StepFacts(
    replied=False,
    opened=False,
    clicked=False,
    has_phone=True,
    can_text=True,
    intent="buy",
    temperature="warm",
    area_known=True,
    price_known=True,
    property_known=False,
)


async def enroll(
    tend: Tend, *, due: Sequence[datetime], later: int, seed: int, first: int = 0, channel: str = ""
) -> None:
    """Enroll one lead for each moment in `due`, and `later` leads who are due in the month after.

    People are numbered from `first`, so that a database can be filled more than once. With a `channel`, everybody is
    due there.
    """
    chosen = random.Random(seed)  # noqa: S311 - invented people, the same for the same seed
    last = max(due, default=tend.now())
    moments = [*due, *(last + timedelta(minutes=chosen.randrange(60, 30 * 1440)) for _ in range(later))]
    steps = [found for found in _sendable(tend.sequence(SEQUENCE)) if channel in {"", found[1].channel}]
    for start in range(0, len(moments), _TOGETHER):
        rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        for index, moment in enumerate(moments[start : start + _TOGETHER], first + start):
            _add(tend, rows, index, moment, steps[chosen.randrange(len(steps))])

        async def write(conn: AsyncConnection, rows: dict[Table, list[dict[str, Any]]] = rows) -> None:
            for table in _ORDER:
                await conn.execute(insert(table), rows[table])

        await tend.writer.run(write)


def addresses_of(number: int) -> tuple[str, str]:
    """The email address and the phone number of the person with this number."""
    return f"waiting-{number}@example.com", f"+1512{2_000_000 + number}"


def is_a_lead(address: str) -> bool:
    """Whether an address is of one of these people (an alert goes to somebody else)."""
    return address.startswith(("waiting-", "+15122"))


def _sendable(plan: Plan) -> Iterator[tuple[int, Step, int, Step]]:
    """Steps that go out to such a lead, each with the message step before it."""
    before: tuple[int, Step] | None = None
    for index, step in enumerate(plan.steps):
        if step.channel == "call" or (step.when is not None and not step.when.holds(_KNOWN)):
            continue
        if before is not None:
            yield index, step, *before
        before = index, step


def _add(
    tend: Tend,
    rows: dict[Table, list[dict[str, Any]]],
    index: int,
    due_at: datetime,
    steps: tuple[int, Step, int, Step],
) -> None:
    number, step, number_before, step_before = steps
    lead_id, enrollment_id, ours = new_id(), new_id(), {"team_id": tend.team_id}
    started_at = due_at - timedelta(days=step.day)
    sent_at = max(started_at, due_at - timedelta(days=step.day - step_before.day, hours=2))
    lead, conversation = lead_rows.new_lead_rows(
        tend.sealer,
        team_id=tend.team_id,
        lead_id=lead_id,
        now=started_at,
        values={
            "first_name": "Carmen",
            "last_name": f"Duarte {index}",
            "facts": {"area": "Austin", "price_max": 450_000},
            "score_reasons": [[20, "asked to buy"]],
            "source": "landing-page",
            "intent": "buy",
            "temperature": "warm",
            "score": 40,
            "status": "contacted",
            "residence_state": "TX",
            "zones": "America/Chicago",
            "zone_source": "address",
            "assignee_id": tend.user_ids[tend.team.lead_of_team.key],
            "contacted_at": sent_at,
            "last_outbound_at": sent_at,
        },
    )
    known = [KnownAddress(*found) for found in zip(("email", "sms"), addresses_of(index), strict=True)]
    theirs = lead_rows.address_rows(tend.sealer, team_id=tend.team_id, lead_id=lead_id, known=known, now=started_at)
    hashes = {address["channel"]: address["value_hash"] for address in theirs}
    rows[leads].append(lead)
    rows[conversations].append(conversation)
    rows[addresses] += theirs
    rows[consents] += [
        {
            **ours,
            "id": new_id(),
            "lead_id": lead_id,
            "channel": channel,
            "action": "granted",
            "basis": WEB_FORM,
            "source": "form landing-page",
            "wording": _WORDING,
            "address_hash": hashes[channel] if channel == "sms" else None,
            "occurred_at": started_at,
            "recorded_at": started_at,
        }
        for channel in ("email", "sms")
    ]
    rows[enrollments].append(
        {
            **ours,
            "id": enrollment_id,
            "lead_id": lead_id,
            "version_id": tend.versions[SEQUENCE],
            "sequence": SEQUENCE,
            "state": "active",
            "step": number,
            "started_at": started_at,
        }
    )
    before_id, message_id = new_id(), new_id()
    touch = {**ours, "lead_id": lead_id, "enrollment_id": enrollment_id, "kind": "sequence", "planned_at": started_at}
    rows[touches] += [
        {
            **touch,
            "id": before_id,
            "step": number_before,
            "channel": step_before.channel,
            "dedupe_key": f"enrollment:{enrollment_id.hex}:{number_before}",
            "due_at": sent_at,
            "not_after": sent_at + LATE_AFTER,
            "state": "sent",
            "message_id": message_id,
            "ended_at": sent_at,
        },
        {
            **touch,
            "id": new_id(),
            "step": number,
            "channel": step.channel,
            "dedupe_key": f"enrollment:{enrollment_id.hex}:{number}",
            "due_at": due_at,
            "not_after": due_at + LATE_AFTER,
            "state": "planned",
            "message_id": None,
            "ended_at": None,
        },
    ]
    rows[messages].append(
        {
            **ours,
            "id": message_id,
            "lead_id": lead_id,
            "touch_id": before_id,
            "direction": "out",
            "channel": step_before.channel,
            "address_hash": hashes[step_before.channel],
            "address": tend.sealer.seal("messages", "address", message_id, known[0].value),
            "body": tend.sealer.seal("messages", "body", message_id, step_before.body),
            "segments": 1 if step_before.channel == "sms" else 0,
            "written_by": "tend",
            "at": sent_at,
        }
    )
