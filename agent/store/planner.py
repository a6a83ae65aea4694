"""What SQLite's planner must know and cannot guess: that a team's rows are nearly all rows.

Almost every index begins with `team_id`, and without statistics SQLite takes an equality there to leave about ten rows.
It then reads a whole team to find sixty ids. `ANALYZE` on a young database would say the same of its few rows, so the
statistics are written by hand, as sqlite.org/optoverview.html#manual_control_of_query_plans_using_sqlite_stat_tables
allows: a million rows in each table, all of one team.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.tables import metadata

_ROWS = 1_000_000
_ALIKE = 20
"""Rows that agree in a column that tells rows apart."""
_COARSE = frozenset({"team_id", "channel", "crm", "sequence", "source", "temperature", "user_id", "kind"})
"""Columns with a handful of values, which leave nearly everything."""


async def teach(conn: AsyncConnection) -> None:
    """Write the statistics of every index, in place of what stands there, and let this connection load them."""
    await conn.execute(text("ANALYZE sqlite_schema"))
    await conn.execute(text("DELETE FROM sqlite_stat1"))
    stats = []
    for table in metadata.sorted_tables:
        indexes = (await conn.execute(text(f"PRAGMA index_list({table.name})"))).all()
        for index in indexes:
            columns = [row.name for row in (await conn.execute(text(f"PRAGMA index_info({index.name})"))).all()]
            stats.append({"table": table.name, "index": index.name, "stat": _stat(columns, unique=bool(index.unique))})
    await conn.execute(text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :stat)"), stats)
    await conn.execute(text("ANALYZE sqlite_schema"))


def _stat(columns: list[str], *, unique: bool) -> str:
    """Rows in the index, then how many share its first column, its first two, and so on."""
    shares = [_ROWS if _COARSE.issuperset(columns[: i + 1]) else _ALIKE for i in range(len(columns))]
    if unique:
        shares[-1] = 1
    return " ".join(map(str, (_ROWS, *shares)))
