"""What a merge moves: everything about a lead, so that a new table is not forgotten."""

from __future__ import annotations

from agent.store.merges import MOVES, STAYS
from agent.store.tables import metadata


def test_every_table_about_a_lead_moves_with_a_merge_or_is_named_as_staying() -> None:
    about_a_lead = {table.name for table in metadata.tables.values() if "lead_id" in table.c}
    assert about_a_lead == {table.name for table in MOVES} | STAYS
