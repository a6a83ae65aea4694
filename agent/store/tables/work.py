"""Work for humans and for other systems, leads offered to people, and the engine's own bookkeeping."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, literal_column

from agent.store.tables.metadata import claimable, count, instant, metadata, reference, row_id, sealed, team_id, text

todos = Table(
    "todos",
    metadata,
    row_id(),
    team_id(),
    reference("lead_id", "leads", index=True),
    reference("assignee_id", "users", nullable=True),
    reference("touch_id", "touches", nullable=True),
    Column("kind", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("hot", Boolean, nullable=False, server_default="0"),
    sealed("action"),
    sealed("quote"),
    sealed("reasons"),
    instant("created_at", nullable=False),
    instant("due_at", nullable=False),
    instant("next_alert_at"),
    count("alerts"),
    count("rounds"),
    instant("closed_at"),
    text("closed_by"),
    UniqueConstraint("team_id", "dedupe_key"),
)
Index(
    "ix_todos_open",
    todos.c.team_id,
    todos.c.next_alert_at,
    sqlite_where=literal_column("state = 'open'"),
    postgresql_where=literal_column("state = 'open'"),
)

alerts = Table(
    "alerts",
    metadata,
    row_id(),
    team_id(),
    reference("lead_id", "leads"),
    reference("todo_id", "todos", nullable=True),
    reference("user_id", "users", nullable=True),
    sealed("address"),
    Column("channel", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False),
    text("name"),
    sealed("words"),
    *claimable(),
    text("provider_id"),
    instant("created_at", nullable=False),
    instant("ended_at"),
    UniqueConstraint("team_id", "dedupe_key"),
)
Index(
    "ix_alerts_due",
    alerts.c.team_id,
    alerts.c.due_at,
    sqlite_where=literal_column("state = 'planned'"),
    postgresql_where=literal_column("state = 'planned'"),
)

offers = Table(
    "offers",
    metadata,
    row_id(),
    team_id(),
    reference("lead_id", "leads"),
    reference("user_id", "users"),
    text("rule"),
    count("round"),
    count("reached"),
    Column("state", Text, nullable=False),
    instant("offered_at", nullable=False),
    instant("until"),
    instant("ended_at"),
    UniqueConstraint("lead_id", "user_id", "round"),
)
Index(
    "ix_offers_open",
    offers.c.team_id,
    offers.c.until,
    sqlite_where=literal_column("state = 'open'"),
    postgresql_where=literal_column("state = 'open'"),
)
Index(
    "uq_offers_claimed",
    offers.c.lead_id,
    unique=True,
    sqlite_where=literal_column("state = 'claimed'"),
    postgresql_where=literal_column("state = 'claimed'"),
)

outbox = Table(
    "outbox",
    metadata,
    row_id(),
    team_id(),
    reference("lead_id", "leads"),
    Column("kind", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False),
    sealed("payload"),
    *claimable(),
    text("external_id"),
    instant("created_at", nullable=False),
    instant("ended_at"),
    UniqueConstraint("team_id", "dedupe_key"),
)
Index(
    "ix_outbox_written",
    outbox.c.team_id,
    outbox.c.external_id,
    sqlite_where=literal_column("external_id <> ''"),
    postgresql_where=literal_column("external_id <> ''"),
)
Index("ix_outbox_of_lead", outbox.c.team_id, outbox.c.lead_id)
Index(
    "ix_outbox_due",
    outbox.c.team_id,
    outbox.c.due_at,
    sqlite_where=literal_column("state = 'waiting'"),
    postgresql_where=literal_column("state = 'waiting'"),
)

model_calls = Table(
    "model_calls",
    metadata,
    row_id(),
    team_id(),
    reference("lead_id", "leads", nullable=True),
    text("purpose"),
    text("model"),
    text("outcome"),
    count("input_tokens"),
    count("output_tokens"),
    Column("cost_microusd", BigInteger, nullable=False, server_default="0"),
    count("milliseconds"),
    text("request_id"),
    instant("at", nullable=False),
)

reactivations = Table(
    "reactivations",
    metadata,
    row_id(),
    team_id(),
    Column("state", Text, nullable=False),
    Column("daily_limit", Integer, nullable=False),
    instant("started_at", nullable=False),
    instant("stopped_at"),
    text("started_by"),
)
Index(
    "ix_reactivations_running",
    reactivations.c.team_id,
    unique=True,
    sqlite_where=literal_column("state = 'running'"),
    postgresql_where=literal_column("state = 'running'"),
)

tick_runs = Table(
    "tick_runs",
    metadata,
    Column("job", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    text("node"),
    instant("at", nullable=False),
)

live_events = Table(
    "live_events",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    team_id(),
    Column("topic", Text, nullable=False),
    Column("data", Text, nullable=False),
    instant("at", nullable=False),
)
