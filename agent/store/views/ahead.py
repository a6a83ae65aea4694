"""What is next for one lead: the touches that wait with their reasons, and the steps that follow them.

Steps come from the version the enrollment pins, so they are what will happen unless a person, a reply or a rule says
otherwise. A step's words are its subject or first line, filled as far as the lead's facts go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.conditions import in_words
from agent.rules.contact import greeting_name
from agent.rules.sequences import Sequence, Step, from_json, plan
from agent.rules.templates import TO_LEAD, TO_STAFF, parse_template
from agent.store.seal import Sealer
from agent.store.tables import enrollments, sequence_versions, touches

FOLLOWING = 4
_CALLED = {"email": "email", "sms": "text", "call": "call by a person"}
_GIST = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One touch that waits. `reason` is why it is held, empty when it is simply not due."""

    channel: str
    due_at: datetime
    gist: str
    when: str
    reason: str
    by_person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """One step after the planned one, with the instant it is due if nothing holds it. `when` is its condition."""

    channel: str
    due_at: datetime
    gist: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """`state` is the enrollment's (empty without one); `more` counts the steps not shown, the last on `ends_at`."""

    state: str
    title: str
    step: int
    steps: int
    resume_at: datetime | None
    waiting: tuple[Waiting, ...]
    following: tuple[Following, ...]
    more: int
    ends_at: datetime | None


async def ahead(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    lead: Row[Any],
    zone: str,
    now: datetime,
    words: Mapping[str, str],
) -> Ahead:
    """What waits and what follows. `words` fill the blanks that are not the lead's own (assignee, brokerage)."""
    enrollment = (
        await conn.execute(
            select(enrollments, sequence_versions.c.content)
            .join(
                sequence_versions,
                (sequence_versions.c.team_id == enrollments.c.team_id)
                & (sequence_versions.c.id == enrollments.c.version_id),
            )
            .where(
                enrollments.c.team_id == team_id,
                enrollments.c.lead_id == lead.id,
                enrollments.c.state.in_(("active", "paused")),
            )
            .order_by(enrollments.c.started_at.desc())
            .limit(1)
        )
    ).first()
    known = {**words, **_known(sealer, lead)}
    rows = await conn.execute(
        select(touches)
        .where(
            touches.c.team_id == team_id,
            touches.c.lead_id == lead.id,
            touches.c.state.in_(("planned", "claimed", "sending")),
        )
        .order_by(touches.c.due_at)
    )
    if enrollment is None:
        waiting = tuple(_waiting(sealer, row, None, known) for row in rows)
        return Ahead(
            state="", title="", step=0, steps=0, resume_at=None, waiting=waiting, following=(), more=0, ends_at=None
        )
    sequence = from_json(enrollment.content)
    later = [
        step
        for step in plan(sequence, started_at=enrollment.started_at, zone=zone)
        if step.step_index > enrollment.step
    ]
    following = tuple(
        Following(
            channel=_CALLED[step.step.channel],
            due_at=max(step.due_at, now),
            gist=_gist(step.step, known),
            when=_condition(step.step),
        )
        for step in later
    )
    return Ahead(
        state=enrollment.state,
        title=sequence.title,
        step=enrollment.step + 1,
        steps=len(sequence.steps),
        resume_at=enrollment.resume_at,
        waiting=tuple(_waiting(sealer, row, sequence, known) for row in rows),
        following=following[:FOLLOWING],
        more=len(following[FOLLOWING:]),
        ends_at=following[-1].due_at if following else None,
    )


def _waiting(sealer: Sealer, row: Row[Any], sequence: Sequence | None, known: Mapping[str, str]) -> Waiting:
    gist, when = row.purpose.replace("-", " "), ""
    if row.words is not None:
        gist = json.loads(sealer.open("touches", "words", row.id, row.words))["body"][:_GIST]
    elif sequence is not None and row.step is not None:
        step = sequence.steps[row.step]
        gist, when = _gist(step, known), _condition(step)
    return Waiting(
        channel=_CALLED.get(row.channel, row.channel),
        due_at=row.due_at,
        gist=gist,
        when=when,
        reason=row.reason,
        by_person=row.by_user_id is not None or row.kind == "manual",
    )


def _condition(step: Step) -> str:
    return "" if step.when is None else in_words(step.when)


def _gist(step: Step, known: Mapping[str, str]) -> str:
    text = step.subject or step.task or step.body
    filled = parse_template(text, allowed=TO_LEAD | TO_STAFF).fill(known)
    line = " ".join(filled.split())
    return line if len(line) <= _GIST else f"{line[: _GIST - 1].rsplit(' ', 1)[0].rstrip(' .,;:')}…"


def _known(sealer: Sealer, lead: Row[Any]) -> dict[str, str]:
    facts = json.loads(sealer.open("leads", "facts", lead.id, lead.facts) or "{}")
    first = sealer.open("leads", "first_name", lead.id, lead.first_name)
    return {
        "first_name": greeting_name(first) or "",
        "lead_name": first,
        "area": str(facts.get("area") or ""),
        "property": str(facts.get("property") or ""),
    }
