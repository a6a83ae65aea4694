"""What arrives from outside before anything is decided: events of a CRM and the link to it, campaigns, their forms."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    literal_column,
)

from agent.store.tables.metadata import claimable, hashed, instant, metadata, reference, row_id, sealed, team_id, text

webhook_events = Table(
    "webhook_events",
    metadata,
    row_id(),
    team_id(),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    sealed("payload"),
    instant("received_at", nullable=False),
    *claimable(),
    UniqueConstraint("team_id", "source", "event_id"),
)
Index(
    "ix_webhook_events_due",
    webhook_events.c.team_id,
    webhook_events.c.due_at,
    sqlite_where=literal_column("state = 'kept'"),
    postgresql_where=literal_column("state = 'kept'"),
)
Index(
    "ix_webhook_events_failed",
    webhook_events.c.team_id,
    sqlite_where=literal_column("state = 'failed'"),
    postgresql_where=literal_column("state = 'failed'"),
)

crm_links = Table(
    "crm_links",
    metadata,
    Column("team_id", Uuid, ForeignKey("teams.id"), primary_key=True),
    Column("crm", Text, primary_key=True),
    instant("changes_read_to"),
    instant("polled_at"),
    text("hooks_url"),
    Column("pushes", Boolean, nullable=False, server_default="0"),
    instant("hooks_checked_at"),
    text("trouble"),
    text("import_next"),
    instant("import_began_at"),
    instant("imported_to"),
    Column("import_seen", Integer, nullable=False, server_default="0"),
)

campaigns = Table(
    "campaigns",
    metadata,
    row_id(),
    team_id(),
    Column("key", Text, nullable=False),
    text("name"),
    text("type"),
    text("status", default="draft"),
    Column("starts_on", Date, nullable=True),
    Column("ends_on", Date, nullable=True),
    Column("budget_minor", BigInteger, nullable=True),
    text("currency", default="USD"),
    Column("target_leads", Integer, nullable=True),
    text("landing_page"),
    Column("auto_assign", Boolean, nullable=False, server_default="1"),
    reference("assignee_id", "users", nullable=True),
    sealed("notification_emails"),
    text("allowed_origins"),
    hashed("token_hash", nullable=True),
    hashed("former_token_hash", nullable=True),
    text("consent_wording"),
    instant("created_at", nullable=False),
    UniqueConstraint("team_id", "key"),
)

submissions = Table(
    "submissions",
    metadata,
    row_id(),
    team_id(),
    reference("lead_id", "leads", index=True),
    reference("campaign_id", "campaigns"),
    Column("idempotency_key", Text, nullable=True),
    hashed("email_hash"),
    hashed("visitor_hash", nullable=True),
    hashed("words_hash", nullable=True),
    Column("repeats", Boolean, nullable=False, server_default="0"),
    sealed("payload"),
    instant("received_at", nullable=False),
    *claimable(),
    UniqueConstraint("team_id", "campaign_id", "email_hash", "idempotency_key"),
    Index("ix_submissions_repeat", "team_id", "email_hash", "campaign_id", "received_at"),
    Index("ix_submissions_visitor", "team_id", "visitor_hash"),
)
Index(
    "ix_submissions_due",
    submissions.c.team_id,
    submissions.c.due_at,
    sqlite_where=literal_column("state = 'kept'"),
    postgresql_where=literal_column("state = 'kept'"),
)
