"""Which team tables a statement reads or changes without saying whose rows: the check behind `for a team`.

It looks at the statement as built, before any database sees it, and into every part of it: joins, subqueries, common
table expressions. A criterion counts when it holds the table's own `team_id` to something.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Alias, ColumnElement, Delete, Engine, Join, Select, Update, event
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression

from agent.store.tables import team_tables

_TEAM_TABLES = team_tables()


def forgetful(statement: Any) -> list[str]:
    """Name the team tables that this statement touches for every team at once.

    A subquery may refer to a table of the statement around it without naming the team again, where that one does.
    """
    parts = [part for part in map(_part, visitors.iterate(statement)) if part is not None]
    held = [{table for table in tables if _held(table, criteria)} for tables, criteria in parts]
    found: list[str] = []
    for place, (tables, _) in enumerate(parts):
        around = set().union(*held[:place], *held[place + 1 :]) if len(tables) > 1 else set()
        found += [_name(table) for table in tables if table not in held[place] | around]
    return found


@contextlib.contextmanager
def watched() -> Iterator[list[str]]:
    """Look at every statement executed inside the block, on any engine; yields what was found so far."""
    found: list[str] = []
    known: dict[Any, list[str]] = {}

    def look(conn: Any, statement: Any, _many: Any, _params: Any, _options: Any) -> None:
        if getattr(statement, "is_clause_element", False):
            key = statement._generate_cache_key()  # noqa: SLF001 - looking at every statement anew takes a third longer
            if key is None or key.key not in known:
                known[key and key.key] = forgetful(statement)
            names = known[key and key.key]
            found.extend(f"{name}: {statement.compile(dialect=conn.dialect)}" for name in names)

    event.listen(Engine, "before_execute", look)
    try:
        yield found
    finally:
        event.remove(Engine, "before_execute", look)


def _part(part: Any) -> tuple[list[Any], list[Any]] | None:
    """The team tables of one SELECT, UPDATE or DELETE, and what it says of them."""
    match part:
        case Select():
            froms = part.get_final_froms()
            return list(_tables(froms)), [part.whereclause, *_joined_on(froms)]
        case Update() | Delete():
            return list(_tables([part.table])), [part.whereclause]
    return None


def _tables(froms: Any) -> Iterator[Any]:
    """The team tables (or their aliases) of a FROM clause, joins taken apart."""
    for each in froms:
        if isinstance(each, Join):
            yield from _tables([each.left, each.right])
        elif _team_table(each):
            yield each


def _joined_on(froms: Any) -> Iterator[ColumnElement[bool]]:
    for each in froms:
        if isinstance(each, Join):
            if each.onclause is not None:
                yield each.onclause
            yield from _joined_on([each.left, each.right])


def _held(table: Any, criteria: list[Any]) -> bool:
    column = table.c.team_id
    for criterion in criteria:
        if criterion is None:
            continue
        for part in visitors.iterate(criterion):
            if (
                isinstance(part, BinaryExpression)
                and part.operator is operators.eq
                and (part.left is column or part.right is column)
            ):
                return True
    return False


def _team_table(each: Any) -> bool:
    return (each.element if isinstance(each, Alias) else each) in _TEAM_TABLES


def _name(each: Any) -> str:
    table: Any = each.element if isinstance(each, Alias) else each
    return str(table.name)
