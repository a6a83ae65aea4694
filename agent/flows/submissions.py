"""A batch of form posts decided and written together: what repeats, what is a duplicate, what is a new lead.

Later posts of a batch see what earlier ones added, and nodes take turns at an address (`store.turns`), so that two
posts of one person cannot make two leads.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import insert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows.form_posts import Captured, Denied, Duplicate, Hashed, Submission
from agent.rules.campaigns import off_because
from agent.rules.consent import from_form
from agent.rules.identity import Candidate, Incoming, same_human
from agent.store import campaigns, leads
from agent.store.ids import new_id
from agent.store.tables import addresses as addresses_table
from agent.store.tables import conversations as conversations_table
from agent.store.tables import lead_events
from agent.store.tables import leads as leads_table
from agent.store.tables import submissions as submissions_table
from agent.store.turns import take_turns
from agent.tend import Tend


def why_off(tend: Tend, campaign: Row[Any]) -> str:
    """Why this campaign starts nothing today; empty when it is on."""
    return off_because(campaign.status, starts_on=campaign.starts_on, ends_on=campaign.ends_on, today=tend.today())


@dataclass(slots=True)
class Batch:
    """What the database knows about a batch of posts, and the rows they add. Later posts see earlier ones."""

    tend: Tend
    now: datetime
    campaigns: dict[str, Row[Any]]
    by_key: dict[tuple[UUID, bytes, str], tuple[UUID, bool]]
    recent: dict[tuple[bytes, UUID], UUID]
    heard: set[tuple[bytes, UUID, bytes]]
    by_email: dict[bytes, UUID]
    by_phone: dict[bytes, list[Candidate]]
    visitors: set[bytes]
    added: set[UUID] = field(default_factory=set)
    leads: list[dict[str, Any]] = field(default_factory=list)
    conversations: list[dict[str, Any]] = field(default_factory=list)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    submissions: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    async def load(cls, conn: AsyncConnection, tend: Tend, posts: Sequence[Hashed]) -> Batch:
        """Ask the database everything these posts need, in one statement a question."""
        await take_turns(conn, (value for each in posts for value in (each.email, each.phone) if value is not None))
        now = tend.now()
        keys = {each.post.campaign for each in posts}
        known = await campaigns.by_keys(conn, team_id=tend.team_id, keys=keys)
        if keys - known.keys():
            await campaigns.make_drafts(conn, team_id=tend.team_id, keys=keys - known.keys(), now=now)
            known = await campaigns.by_keys(conn, team_id=tend.team_id, keys=keys)
        emails = {each.email for each in posts}
        phones = {each.phone: each.post.phone for each in posts if each.phone and each.post.phone}
        pairs = {(each.email, known[each.post.campaign].id) for each in posts}
        visitors = {each.visitor for each in posts if each.visitor is not None}
        repeats = {each.post.idempotency_key for each in posts if each.post.idempotency_key}
        recent, heard = await campaigns.recent(conn, team_id=tend.team_id, pairs=pairs, now=now)
        return cls(
            tend=tend,
            now=now,
            campaigns=known,
            by_key=await campaigns.by_idempotency_keys(conn, team_id=tend.team_id, emails=emails, keys=repeats),
            recent=recent,
            heard=heard,
            by_email=await campaigns.leads_by_email(conn, team_id=tend.team_id, hashes=emails),
            by_phone=await campaigns.leads_by_phone(conn, team_id=tend.team_id, sealer=tend.sealer, phones=phones),
            visitors=await campaigns.seen_visitors(conn, team_id=tend.team_id, hashes=visitors),
        )

    def take(self, each: Hashed) -> Captured | Duplicate | Denied:
        """Decide one post and remember the rows it adds."""
        post = each.post
        campaign = self.campaigns[post.campaign]
        on = not why_off(self.tend, campaign)
        origins = campaign.allowed_origins.split()
        allowed = post.origin in origins
        if campaign.token_hash is not None and not self._knows(campaign, post.token):
            return Denied(401, "BAD_TOKEN", "X-Campaign-Token is missing or wrong")
        if post.origin and origins and not allowed:
            return Denied(403, "ORIGIN_NOT_ALLOWED", "This page's origin is not one the campaign allows")
        key = (campaign.id, each.email, post.idempotency_key or "")
        if key in self.by_key:
            lead_id, known = self.by_key[key]
            return Captured(lead_id, on, allowed, known=known)
        pair = (each.email, campaign.id)
        if pair in self.recent:
            self._note_repeat(self.recent[pair], post, wording=campaign.consent_wording)
            if each.words is not None and (*pair, each.words) not in self.heard:
                self._add_submission(self.recent[pair], campaign, each, repeats=True)
            return Duplicate(self.recent[pair], allowed)
        there = self._recognise(each)
        lead_id = there or new_id()
        if there is None:
            self._add_lead(lead_id, each)
        known = lead_id not in self.added
        self.recent[pair] = self.by_email[each.email] = lead_id
        if post.idempotency_key is not None:
            self.by_key[key] = (lead_id, known)
        self._add_submission(lead_id, campaign, each, repeats=False)
        return Captured(lead_id, on, allowed, known=known)

    def _knows(self, campaign: Row[Any], token: str) -> bool:
        """Whether a token is the campaign's, or the one it had before, while senders change over."""
        valid = (campaign.token_hash, campaign.former_token_hash)
        return self.tend.sealer.hash("campaign", token) in {bytes(each) for each in valid if each is not None}

    async def write(self, conn: AsyncConnection) -> None:
        """Write what the batch added, one statement a table."""
        for table, rows in (
            (leads_table, self.leads),
            (conversations_table, self.conversations),
            (addresses_table, self.addresses),
            (submissions_table, self.submissions),
            (lead_events, self.events),
        ):
            if rows:
                await conn.execute(insert(table), rows)

    def _recognise(self, each: Hashed) -> UUID | None:
        """The lead this is: by email, else by exact phone with the name (`rules.identity`)."""
        if each.email in self.by_email:
            return self.by_email[each.email]
        match = same_human(_incoming(each.post), self.by_phone.get(each.phone, [])) if each.phone else None
        return match.lead_id if match is not None else None

    def _add_lead(self, lead_id: UUID, each: Hashed) -> None:
        tend, post = self.tend, each.post
        values = {"first_name": post.first_name, "last_name": post.last_name, "facts": {}, "source": post.source}
        lead, conversation = leads.new_lead_rows(
            tend.sealer, team_id=tend.team_id, lead_id=lead_id, now=self.now, values=values
        )
        self.added.add(lead_id)
        self.leads.append(lead)
        self.conversations.append(conversation)
        self.addresses += leads.address_rows(
            tend.sealer, team_id=tend.team_id, lead_id=lead_id, known=each.known, now=self.now
        )
        if each.phone is not None:
            self.by_phone.setdefault(each.phone, []).append(_candidate(lead_id, post))

    def _add_submission(self, lead_id: UUID, campaign: Row[Any], each: Hashed, *, repeats: bool) -> None:
        """Keep the post to be taken in. A repeat is for its words alone: its key was answered with a 409."""
        tend, post = self.tend, each.post
        row_id = new_id()
        content = {
            **post.content,
            "normalised": {"email": post.email, "phone": post.phone},
            "returning_visitor": each.visitor is not None and each.visitor in self.visitors,
        }
        self.submissions.append(
            {
                "id": row_id,
                "team_id": tend.team_id,
                "lead_id": lead_id,
                "campaign_id": campaign.id,
                "idempotency_key": None if repeats else post.idempotency_key,
                "email_hash": each.email,
                "visitor_hash": each.visitor,
                "words_hash": each.words,
                "repeats": repeats,
                "payload": tend.sealer.seal("submissions", "payload", row_id, msgspec.json.encode(content).decode()),
                "received_at": self.now,
                "state": "kept",
                "due_at": self.now,
            }
        )
        if each.visitor is not None:
            self.visitors.add(each.visitor)
        if each.words is not None:
            self.heard.add((each.email, campaign.id, each.words))

    def _note_repeat(self, lead_id: UUID, post: Submission, *, wording: str) -> None:
        row_id = new_id()
        words = {
            "said": f"sent the same form again{_beside_their_words(post, wording)}",
            "message": post.message,
            "form": post.content,
        }
        self.events.append(
            {
                "id": row_id,
                "team_id": self.tend.team_id,
                "lead_id": lead_id,
                "kind": "form_repeated",
                "payload": self.tend.sealer.seal("lead_events", "payload", row_id, json.dumps(words)),
                "at": self.now,
            }
        )


def _beside_their_words(post: Submission, wording: str) -> str:
    """What a form says beside its message, for the timeline: `: phone +1512…; timeline: asap; agreed to email`."""
    details = post.content.get("lead_details") or {}
    given = (post.content.get("form_metadata") or {}).get("consent_given")
    grants = from_form(given, campaign_wording=wording or None)
    agreed = " and ".join("texts" if grant.channel == "sms" else "email" for grant in grants)
    said = [f"phone {post.phone}"] if post.phone else []
    said += [f"{key.replace('_', ' ')}: {value}"[:200] for key, value in details.items() if value and key != "message"]
    said += [f"agreed to {agreed}"] if agreed else []
    return f": {'; '.join(said)}" if said else ""


def _incoming(post: Submission) -> Incoming:
    return Incoming(
        sender_id=None,
        emails=frozenset({post.email}),
        phones=frozenset({post.phone} if post.phone else ()),
        first_name=post.first_name,
        last_name=post.last_name,
    )


def _candidate(lead_id: UUID, post: Submission) -> Candidate:
    """A lead this batch adds, as later posts of it see it."""
    came = _incoming(post)
    return Candidate(lead_id, None, came.emails, came.phones, came.first_name, came.last_name, deleted=False)
