"""Alembic's entry: runs migrations on the connection handed over by `agent.store.migrations.upgrade`."""

from __future__ import annotations

from alembic import context

from agent.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
