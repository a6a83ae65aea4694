"""Every table, by story. Import the tables from here; the modules beside this one only group them."""

from __future__ import annotations

from agent.store.tables.arrivals import campaigns, crm_links, submissions, webhook_events
from agent.store.tables.identity import likeness_keys, likenesses, merges
from agent.store.tables.metadata import metadata, team_tables
from agent.store.tables.outreach import (
    attachments,
    conversations,
    enrollments,
    messages,
    readings,
    receipts,
    sequence_versions,
    touches,
)
from agent.store.tables.people import (
    addresses,
    consents,
    lead_events,
    leads,
    listed_numbers,
    name_tokens,
    number_lists,
    suppressions,
)
from agent.store.tables.teams import installation, login_sessions, teams, users
from agent.store.tables.work import alerts, live_events, model_calls, offers, outbox, reactivations, tick_runs, todos

__all__ = [
    "addresses",
    "alerts",
    "attachments",
    "campaigns",
    "consents",
    "conversations",
    "crm_links",
    "enrollments",
    "installation",
    "lead_events",
    "leads",
    "likeness_keys",
    "likenesses",
    "listed_numbers",
    "live_events",
    "login_sessions",
    "merges",
    "messages",
    "metadata",
    "model_calls",
    "name_tokens",
    "number_lists",
    "offers",
    "outbox",
    "reactivations",
    "readings",
    "receipts",
    "sequence_versions",
    "submissions",
    "suppressions",
    "team_tables",
    "teams",
    "tick_runs",
    "todos",
    "touches",
    "users",
    "webhook_events",
]
