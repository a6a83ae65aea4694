"""Leads and what is known of them: addresses, consent, suppressions, listed numbers, the timeline, name search."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    literal_column,
)

from agent.store.tables.metadata import count, hashed, instant, metadata, reference, row_id, sealed, team_id, text

leads = Table(
    "leads",
    metadata,
    row_id(),
    team_id(),
    sealed("first_name"),
    sealed("last_name"),
    sealed("facts"),
    sealed("score_reasons"),
    sealed("campaign_reasons"),
    sealed("next_action"),
    text("crm"),
    Column("crm_person_id", Text, nullable=True),
    text("crm_stage"),
    text("crm_user_id"),
    hashed("background_hash", nullable=True),
    text("stage_blocks"),
    text("source"),
    reference("campaign_id", "campaigns", nullable=True),
    reference("assignee_id", "users", nullable=True),
    instant("assigned_at"),
    text("status", default="new"),
    text("qualification", default="unqualified"),
    text("intent"),
    text("temperature", default="cold"),
    count("score"),
    text("score_version"),
    instant("rescore_at"),
    Column("campaign_score", Integer, nullable=True),
    text("grade"),
    text("campaign_version"),
    text("residence_state"),
    text("zones"),
    text("zone_source"),
    instant("created_at", nullable=False),
    instant("updated_at", nullable=False),
    instant("arrived_at", nullable=False),
    instant("contacted_at"),
    Column("follow_up_on", Date, nullable=True),
    instant("last_inbound_at"),
    instant("last_outbound_at"),
    Column("deal_on", Date, nullable=True),
    instant("snoozed_until"),
    instant("deleted_at"),
    Column("merged_into", Uuid, nullable=True),
    instant("compared_at"),
    text("end_reason"),
    instant("ended_at"),
    UniqueConstraint("team_id", "crm", "crm_person_id"),
    Index("ix_leads_by_score", "team_id", "temperature", "score"),
    Index("ix_leads_by_silence", "team_id", "last_inbound_at"),
    Index("ix_leads_by_age", "team_id", "created_at"),
    Index("ix_leads_by_assignee", "team_id", "assignee_id", "assigned_at"),
)
Index(
    "ix_leads_rescore",
    leads.c.team_id,
    leads.c.rescore_at,
    sqlite_where=literal_column("rescore_at IS NOT NULL"),
    postgresql_where=literal_column("rescore_at IS NOT NULL"),
)
Index(
    "ix_leads_uncompared",
    leads.c.team_id,
    leads.c.updated_at,
    sqlite_where=literal_column("compared_at IS NULL AND deleted_at IS NULL"),
    postgresql_where=literal_column("compared_at IS NULL AND deleted_at IS NULL"),
)

addresses = Table(
    "addresses",
    metadata,
    row_id(),
    team_id(),
    reference("lead_id", "leads"),
    Column("channel", Text, nullable=False),
    sealed("value"),
    hashed("value_hash"),
    Column("rank", Integer, nullable=False, server_default="0"),
    Column("valid", Boolean, nullable=True),
    Column("landline", Boolean, nullable=True),
    instant("created_at", nullable=False),
    UniqueConstraint("lead_id", "channel", "value_hash"),
    Index("ix_addresses_lookup", "team_id", "value_hash"),
)

suppressions = Table(
    "suppressions",
    metadata,
    row_id(),
    team_id(),
    Column("channel", Text, nullable=False),
    hashed("value_hash"),
    Column("reason", Text, nullable=False),
    text("source"),
    instant("created_at", nullable=False),
    instant("lifted_at"),
    UniqueConstraint("team_id", "channel", "value_hash"),
)

number_lists = Table(
    "number_lists",
    metadata,
    row_id(),
    team_id(),
    Column("kind", Text, nullable=False),
    Column("checked_on", Date, nullable=False),
    count("numbers"),
    instant("uploaded_at", nullable=False),
    instant("in_force_at"),
    Index("ix_number_lists_latest", "team_id", "kind", "checked_on"),
)

listed_numbers = Table(
    "listed_numbers",
    metadata,
    Column("team_id", Uuid, ForeignKey("teams.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("value_hash", LargeBinary(16), primary_key=True),
    reference("list_id", "number_lists"),
    Column("checked_on", Date, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    row_id(),
    team_id(),
    reference("lead_id", "leads", index=True),
    Column("channel", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("basis", Text, nullable=False),
    text("source"),
    text("wording"),
    sealed("ip"),
    hashed("address_hash", nullable=True),
    instant("occurred_at", nullable=False),
    instant("recorded_at", nullable=False),
)

lead_events = Table(
    "lead_events",
    metadata,
    row_id(),
    team_id(),
    reference("lead_id", "leads"),
    Column("kind", Text, nullable=False),
    sealed("payload"),
    instant("at", nullable=False),
    Index("ix_lead_events_timeline", "lead_id", "at"),
)

name_tokens = Table(
    "name_tokens",
    metadata,
    team_id(),
    Column("token_hash", addresses.c.value_hash.type, primary_key=True),
    Column("lead_id", Uuid, primary_key=True),
)
