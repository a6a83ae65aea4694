"""What goes out and comes back: sequence versions, enrollments, touches, messages and their files, readings.

Only a touch holds claim, lease and verdict; a message is content. The next touch of an enrollment is the only one that
is a row. Partial indexes name their state as a literal: with a bind parameter PostgreSQL's generic plan ignores them.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint, Uuid, literal_column

from agent.store.tables.metadata import (
    claimable,
    count,
    hashed,
    instant,
    metadata,
    reference,
    row_id,
    sealed,
    team_id,
    text,
)

sequence_versions = Table(
    "sequence_versions",
    metadata,
    row_id(),
    team_id(),
    Column("sequence", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("content", Text, nullable=False),
    instant("created_at", nullable=False),
    UniqueConstraint("team_id", "sequence", "content_hash"),
)

enrollments = Table(
    "enrollments",
    metadata,
    row_id(),
    team_id(),
    reference("lead_id", "leads", index=True),
    reference("version_id", "sequence_versions"),
    Column("sequence", Text, nullable=False),
    Column("state", Text, nullable=False),
    count("step"),
    instant("started_at", nullable=False),
    instant("paused_at"),
    instant("resume_at"),
    instant("ended_at"),
    text("end_reason"),
)
Index(
    "uq_enrollments_living",
    enrollments.c.lead_id,
    enrollments.c.sequence,
    unique=True,
    sqlite_where=literal_column("state IN ('active', 'paused')"),
    postgresql_where=literal_column("state IN ('active', 'paused')"),
)
Index(
    "ix_enrollments_resume",
    enrollments.c.team_id,
    enrollments.c.resume_at,
    sqlite_where=literal_column("state = 'paused'"),
    postgresql_where=literal_column("state = 'paused'"),
)

touches = Table(
    "touches",
    metadata,
    row_id(),
    team_id(),
    reference("lead_id", "leads", index=True),
    reference("enrollment_id", "enrollments", nullable=True),
    Column("step", Integer, nullable=True),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False),
    text("purpose"),
    sealed("words"),
    Column("by_user_id", Uuid, nullable=True),
    Column("address_id", Uuid, nullable=True),
    instant("planned_at", nullable=False),
    instant("not_after"),
    *claimable(),
    text("word"),
    text("held_word"),
    text("verdict"),
    Column("message_id", Uuid, nullable=True),
    text("provider_id"),
    instant("ended_at"),
    UniqueConstraint("team_id", "dedupe_key"),
    UniqueConstraint("enrollment_id", "step"),
)
Index(
    "ix_touches_due",
    touches.c.team_id,
    touches.c.due_at,
    sqlite_where=literal_column("state = 'planned'"),
    postgresql_where=literal_column("state = 'planned'"),
)
Index(
    "ix_touches_leased",
    touches.c.lease_until,
    sqlite_where=literal_column("state IN ('claimed', 'sending')"),
    postgresql_where=literal_column("state IN ('claimed', 'sending')"),
)
Index(
    "ix_touches_uncertain",
    touches.c.team_id,
    touches.c.due_at,
    sqlite_where=literal_column("state = 'uncertain'"),
    postgresql_where=literal_column("state = 'uncertain'"),
)
Index(
    "ix_touches_mail_trouble",
    touches.c.team_id,
    touches.c.ended_at,
    sqlite_where=literal_column("channel = 'email' AND word IN ('invalid_address', 'bounced', 'complaint')"),
    postgresql_where=literal_column("channel = 'email' AND word IN ('invalid_address', 'bounced', 'complaint')"),
)

Index(
    "ix_touches_provider",
    touches.c.team_id,
    touches.c.provider_id,
    sqlite_where=literal_column("provider_id <> ''"),
    postgresql_where=literal_column("provider_id <> ''"),
)

Index(
    "ix_touches_configuration",
    touches.c.team_id,
    touches.c.channel,
    sqlite_where=literal_column("state = 'planned' AND word = 'configuration'"),
    postgresql_where=literal_column("state = 'planned' AND word = 'configuration'"),
)

messages = Table(
    "messages",
    metadata,
    row_id(),
    team_id(),
    reference("lead_id", "leads"),
    reference("touch_id", "touches", nullable=True),
    Column("direction", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("external_id", Text, nullable=True),
    hashed("address_hash"),
    sealed("address"),
    sealed("subject"),
    sealed("body"),
    sealed("quoted"),
    text("text_id"),
    text("text_hash"),
    count("segments"),
    text("written_by"),
    instant("at", nullable=False),
    text("delivery"),
    instant("delivery_at"),
    text("delivery_reason"),
    text("verdicts"),
    UniqueConstraint("team_id", "channel", "external_id"),
    Index("ix_messages_thread", "lead_id", "at"),
    Index("ix_messages_cap", "team_id", "address_hash", "at"),
)

Index(
    "ix_messages_out",
    messages.c.team_id,
    messages.c.channel,
    messages.c.at,
    messages.c.segments,
    sqlite_where=literal_column("direction = 'out'"),
    postgresql_where=literal_column("direction = 'out'"),
)

attachments = Table(
    "attachments",
    metadata,
    row_id(),
    team_id(),
    reference("message_id", "messages", index=True),
    count("position"),
    sealed("name"),
    text("content_type"),
    count("size"),
    sealed("content"),
    sealed("source_url"),
    *claimable(),
)
Index(
    "ix_attachments_due",
    attachments.c.team_id,
    attachments.c.due_at,
    sqlite_where=literal_column("state = 'waiting'"),
    postgresql_where=literal_column("state = 'waiting'"),
)

receipts = Table(
    "receipts",
    metadata,
    row_id(),
    team_id(),
    reference("message_id", "messages", nullable=True, index=True),
    Column("vendor", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    text("our_id"),
    text("provider_id"),
    hashed("address_hash", nullable=True),
    text("reason"),
    sealed("detail"),
    instant("at", nullable=False),
    instant("kept_at", nullable=False),
    UniqueConstraint("team_id", "vendor", "external_id"),
)
Index(
    "ix_receipts_unmatched",
    receipts.c.team_id,
    receipts.c.kept_at,
    sqlite_where=literal_column("message_id IS NULL"),
    postgresql_where=literal_column("message_id IS NULL"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("lead_id", Uuid, primary_key=True),
    team_id(),
    text("owner", default="tend"),
    Column("owner_user_id", Uuid, nullable=True),
    Column("generation", Integer, nullable=False, server_default="1"),
    text("last_channel"),
    instant("updated_at", nullable=False),
)

readings = Table(
    "readings",
    metadata,
    row_id(),
    team_id(),
    reference("lead_id", "leads", index=True),
    reference("message_id", "messages"),
    *claimable(),
    text("intent"),
    text("sentiment"),
    text("urgency"),
    Column("confidence_percent", Integer, nullable=False, server_default="0"),
    text("reader"),
    sealed("detail"),
    instant("created_at", nullable=False),
    instant("read_at"),
    text("corrected_intent"),
    Column("corrected_by", Uuid),
    instant("corrected_at"),
    UniqueConstraint("message_id"),
)
Index(
    "ix_readings_due",
    readings.c.team_id,
    readings.c.due_at,
    sqlite_where=literal_column("state = 'unread'"),
    postgresql_where=literal_column("state = 'unread'"),
)
