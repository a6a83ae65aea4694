"""A form posts a lead: everything that must be true before the 201 in one batched transaction, the rest by a tick.

For each submission, in order: a known idempotency key answers what it answered first; the same email and campaign
within 24 hours is a duplicate that goes on the lead's timeline, and whose new words are heard; otherwise the lead (a
known one, by email or by phone with the name) and the submission are written. The tick *intake* then reads, judges,
assigns and enrolls.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import alerts, arriving, handing
from agent.flows.arrivals import Arrival
from agent.flows.form_posts import Captured, Denied, Duplicate, Submission, hashed
from agent.flows.reading import ask, note_usage
from agent.flows.submissions import Batch, why_off
from agent.log import log
from agent.rules import form_facts
from agent.rules.consent import from_form
from agent.rules.form_facts import FormFacts
from agent.rules.languages import language_named
from agent.store import campaigns, claims, waiting
from agent.store.leads import KnownAddress
from agent.store.tables import submissions as submissions_table
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.language_model import ReadingRequest

_BATCH = 50


class Capture:
    """The form intake of one process. One object, so that posts of many requests meet in the writer."""

    def __init__(self, tend: Tend) -> None:
        self._tend = tend

    async def capture(self, submission: Submission) -> Captured | Duplicate | Denied:
        """Keep one submission; returns once it is on disk. Raises `WriterFull` when too much is waiting."""
        return await self._tend.writer.run_each(self._capture_each, submission)

    async def _capture_each(
        self, conn: AsyncConnection, posts: Sequence[Submission]
    ) -> Sequence[Captured | Duplicate | Denied]:
        made = [hashed(self._tend.sealer, post) for post in posts]
        batch = await Batch.load(conn, self._tend, made)
        answers = [batch.take(each) for each in made]
        await batch.write(conn)
        after_commit(conn, "intake")
        return answers

    async def take_in(self) -> int:
        """Read, judge, assign and enroll what forms brought; returns how many submissions."""
        tend = self._tend

        async def unit(conn: AsyncConnection) -> Sequence[Row[Any]]:
            return await claims.claim(
                conn, submissions_table, team_id=tend.team_id, now=tend.now(), limit=_BATCH, by=tend.claimer
            )

        claimed = await tend.writer.run(unit)
        for row in sorted(claimed, key=lambda each: each.id):
            try:
                await self._take_one(row)
            except Exception as error:  # noqa: BLE001 - a bug: this lead goes to a person, the tick goes on
                log.exception("lead.failed", lead=row.lead_id.hex, error=type(error).__name__)
                await tend.writer.run(partial(_hand_over, tend=tend, row=row, error=error))
        return len(claimed)

    async def _take_one(self, row: Row[Any]) -> None:
        tend = self._tend
        content = json.loads(tend.sealer.open("submissions", "payload", row.id, row.payload))
        details = content.get("lead_details") or {}
        message = str(details.get("message") or "")
        said = " ".join(
            str(details.get(key) or "") for key in ("service_interest", "urgency", "timeline", "budget_range")
        )
        answer, took = await ask(
            tend,
            ReadingRequest(
                text=message or said.strip(), facts={k: str(v) for k, v in details.items() if v and k != "message"}
            ),
        )

        async def settle(conn: AsyncConnection) -> None:
            campaign = (await campaigns.by_keys(conn, team_id=tend.team_id, keys=[content["campaign_id"]]))[
                content["campaign_id"]
            ]
            form = form_facts.read(content, tend.profiles.campaign_on(tend.today()))
            arrival = _arrival(row, content, message, campaign, form=form, off=why_off(tend, campaign))
            lead_id = await arriving.arrive(conn, tend, arrival, answer.reading)
            await note_usage(conn, tend, lead_id, answer, purpose="arrival", took=took)
            if not row.repeats:
                await alerts.tell_of_lead(conn, tend, lead_id, campaign=campaign, cause=row.id, quote=message)
            await conn.execute(
                update(submissions_table)
                .where(submissions_table.c.team_id == tend.team_id, submissions_table.c.id == row.id)
                .values(state="done", lease_owner=None, lease_until=None)
            )

        await tend.writer.run(settle)
        log.info("lead.taken_in", lead=row.lead_id.hex, fresh=True, intent=answer.reading.intent.value)


async def _hand_over(conn: AsyncConnection, *, tend: Tend, row: Row[Any], error: Exception) -> None:
    """What Tend cannot take in by itself, a person answers."""
    await conn.execute(
        update(submissions_table)
        .where(submissions_table.c.team_id == tend.team_id, submissions_table.c.id == row.id)
        .values(state="failed", reason=type(error).__name__, lease_owner=None, lease_until=None)
    )
    action = "Tend could not take this form in by itself. Answer them."
    await handing.read_it_yourself(conn, tend, row.lead_id, quote="", action=action)


def _arrival(
    row: Row[Any], content: Mapping[str, Any], message: str, campaign: Row[Any], *, form: FormFacts, off: str
) -> Arrival:
    contact = content["contact"]
    details = content.get("lead_details") or {}
    metadata = content.get("form_metadata") or {}
    tracking = content.get("tracking") or {}
    known = [KnownAddress("email", content["normalised"]["email"])]
    if content["normalised"]["phone"]:
        known.append(KnownAddress("sms", content["normalised"]["phone"]))
    facts = {
        key: details[key] for key in ("service_interest", "timeline", "budget_range", "urgency") if details.get(key)
    }
    if language := language_named(str(details.get("language") or "")):
        facts["language"] = language
    if contact.get("company"):
        facts["company"] = contact["company"]
    if form.facts.urgency != "unknown":
        facts["urgency"] = form.facts.urgency
    if form.facts.return_visitor:
        facts["returning_visitor"] = True
    return Arrival(
        crm="",
        crm_person_id=None,
        lead_id=row.lead_id,
        submission_id=row.id,
        repeats=row.repeats,
        first_name=contact["firstName"],
        last_name=contact["lastName"],
        known=known,
        source=content["source"],
        fresh=True,
        hold_back=waiting.for_this_campaign(campaign.name, off) if off else "",
        campaign_id=campaign.id,
        assignee_id=campaign.assignee_id,
        may_assign=campaign.auto_assign,
        message=message,
        hints=(str(details.get("service_interest") or ""),),
        facts=facts,
        form=form,
        grants=from_form(metadata.get("consent_given"), campaign_wording=campaign.consent_wording or None),
        consent_source=f"form {metadata.get('form_type') or content['source']}",
        whole=content.get("whole") or {},
        consent_ip=str(tracking.get("ip_address") or ""),
    )
