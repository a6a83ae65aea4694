"""Announces a lead that came to Tend first to the CRM, with what they wrote; the CRM recognises people itself.

To whom its own lead flow gave somebody new is remembered: that is no person's decision, and Tend's goes before it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row

from agent.flows.crm_answers import Answer, Skipped, Told, payload_of
from agent.flows.crm_doubts import lead_there
from agent.store import leads
from agent.store.tables import campaigns, submissions
from agent.tend import Tend
from integrations.crm import Crm
from integrations.crm_writes import Announced, NewLead
from integrations.errors import CrmError

_OF_CAMPAIGN = (campaigns.c.team_id == submissions.c.team_id) & (campaigns.c.id == submissions.c.campaign_id)
_SELLS = frozenset({"sell", "price_or_valuation", "buy_and_sell"})


async def announce(tend: Tend, crm: Crm, lead: Row[Any], row: Row[Any]) -> Answer:
    """Announce a lead and say whom it became there. Raises `CrmError`."""
    if lead.deleted_at is not None:
        return Skipped("the lead was deleted")
    submission_id = UUID(hex=payload_of(tend, row)["submission"])
    async with tend.reading() as conn:
        form = (
            await conn.execute(
                select(submissions, campaigns.c.name.label("campaign"))
                .join(
                    campaigns,
                    (campaigns.c.team_id == submissions.c.team_id) & (campaigns.c.id == submissions.c.campaign_id),
                )
                .where(submissions.c.team_id == tend.team_id, submissions.c.id == submission_id)
            )
        ).one_or_none()
        theirs = await leads.addresses_of(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=[lead.id])
    if form is None:
        return Skipped("the form is gone")
    content = json.loads(tend.sealer.open("submissions", "payload", form.id, form.payload))
    details = content.get("lead_details") or {}
    plain = leads.opened(tend.sealer, lead)
    known = theirs.get(lead.id, ())
    new = NewLead(
        source=str(content.get("source") or "website"),
        kind="seller" if lead.intent in _SELLS else "property" if plain["facts"].get("property") else "general",
        message=str(details.get("message") or ""),
        occurred_at=form.received_at,
        first_name=plain["first_name"],
        last_name=plain["last_name"],
        emails=tuple(each.value for each in known if each.channel == "email"),
        phones=tuple(each.value for each in known if each.channel == "sms"),
        tags=tend.team.crm.tags,
        campaign=form.campaign,
        assigned_user_id=tend.assignee(lead.assignee_id).crm_user_id if lead.assignee_id is not None else "",
        person_id=lead.crm_person_id or "",
    )
    found = await _sent(crm, row, new)
    if found is None:
        return Skipped("the CRM ignores this source")
    flow_gave_to = found.user_id if found.is_new else ""
    kept = json.dumps({**payload_of(tend, row), "given_to": flow_gave_to})
    return Told(found.person_id, kept=kept, person_id=found.person_id, user_id=flow_gave_to)


async def _sent(crm: Crm, row: Row[Any], new: NewLead) -> Announced | None:
    """Announce them, once; who is gone from the CRM and came back is somebody new there."""
    try:
        return await lead_there(crm, row, new) or await crm.send_lead(new)
    except CrmError as error:
        if error.reason != "not_found" or not new.person_id:
            raise
    as_new = replace(new, person_id="")
    return await lead_there(crm, row, as_new) or await crm.send_lead(as_new)
