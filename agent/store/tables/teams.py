"""The installation, the teams in it, their people, and how browsers and programs sign in."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, Uuid

from agent.store.tables.metadata import hashed, instant, metadata, reference, row_id, sealed, team_id, text

installation = Table(
    "installation",
    metadata,
    Column("singleton", Integer, primary_key=True, server_default="1"),
    Column("id", Uuid, nullable=False),
    Column("epoch", Integer, nullable=False, server_default="1"),
    text("place"),
    instant("copy_since"),
    Column("hash_key", LargeBinary, nullable=False),
    instant("created_at", nullable=False),
    CheckConstraint("singleton = 1", name="one_row"),
)

teams = Table(
    "teams",
    metadata,
    row_id(),
    Column("key", Text, nullable=False, unique=True),
    text("name"),
    instant("created_at", nullable=False),
    instant("connected_at", nullable=False),
    instant("paused_at"),
    text("paused_reason"),
    instant("brake_released_at"),
)

users = Table(
    "users",
    metadata,
    row_id(),
    team_id(),
    Column("key", Text, nullable=False),
    sealed("name"),
    sealed("phone"),
    sealed("email"),
    text("zone"),
    text("role"),
    text("crm_user_id"),
    instant("last_assigned_at"),
    instant("created_at", nullable=False),
    instant("left_at"),
    UniqueConstraint("team_id", "key"),
)

login_sessions = Table(
    "login_sessions",
    metadata,
    row_id(),
    team_id(),
    reference("user_id", "users", nullable=True),
    Column("kind", Text, nullable=False),
    hashed("token_hash"),
    instant("created_at", nullable=False),
    instant("last_seen_at"),
    instant("expires_at", nullable=False),
    instant("used_at"),
    UniqueConstraint("token_hash"),
    Index("ix_login_sessions_expiry", "team_id", "expires_at"),
)
