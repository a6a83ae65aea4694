"""Who may be whom: leads that were merged and what that moved, leads that look alike, and what they are found by."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table, Text, UniqueConstraint, Uuid

from agent.store.tables.metadata import count, instant, metadata, reference, row_id, sealed, team_id, text

merges = Table(
    "merges",
    metadata,
    row_id(),
    team_id(),
    reference("kept_id", "leads"),
    reference("gone_id", "leads"),
    sealed("journal"),
    text("merged_by"),
    instant("merged_at", nullable=False),
    instant("undone_at"),
    text("undone_by"),
    Index("ix_merges_kept", "team_id", "kept_id"),
)

likenesses = Table(
    "likenesses",
    metadata,
    row_id(),
    team_id(),
    reference("one_id", "leads"),
    reference("other_id", "leads"),
    Column("state", Text, nullable=False),
    count("percent"),
    sealed("reason"),
    instant("found_at", nullable=False),
    instant("decided_at"),
    text("decided_by"),
    UniqueConstraint("team_id", "one_id", "other_id"),
    Index("ix_likenesses_other", "team_id", "other_id"),
)

likeness_keys = Table(
    "likeness_keys",
    metadata,
    team_id(),
    Column("key_hash", LargeBinary(16), primary_key=True),
    Column("lead_id", Uuid, primary_key=True),
    Index("ix_likeness_keys_lead", "team_id", "lead_id"),
)
