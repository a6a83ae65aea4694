"""The people of the team file: how each is reached, when they work, and how many leads they take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from agent.rules.contact import normalise_email, normalise_phone
from agent.rules.languages import language_named
from agent.rules.team import WEEKDAYS, Assignee, Vacation
from agent.team.values import Values


def read_assignee(values: Values, row: Any, path: str) -> Assignee:
    """Read one `[[assignees]]`. Raises `TeamFileError`."""
    if not isinstance(row, dict):
        values.refuse(path, "this must be a table")
    phone = normalise_phone(values.words(row, f"{path}.phone"))
    email = normalise_email(values.words(row, f"{path}.email"))
    opens, closes = _hours(values, row, f"{path}.hours")
    most_per_day = values.number(row, f"{path}.most_per_day", whole=True)
    most_open = values.number(row, f"{path}.most_open", whole=True)
    return Assignee(
        key=values.words(row, f"{path}.key"),
        name=values.words(row, f"{path}.name"),
        phone=phone or values.refuse(f"{path}.phone", "this is not a phone number"),
        email=email or values.refuse(f"{path}.email", "this is not an email address"),
        zone=values.zone(row, f"{path}.zone"),
        opens=opens,
        closes=closes,
        leads_team=bool(row.get("leads_team", False)),
        crm_user_id=str(row.get("crm_user_id", "")),
        days=_days(values, row, f"{path}.days"),
        vacation=_vacation(values, row, f"{path}.vacation"),
        most_per_day=None if most_per_day is None else int(most_per_day),
        most_open=None if most_open is None else int(most_open),
        languages=tuple(language_named(each) for each in values.list_of_words(row, f"{path}.languages")),
    )


def _hours(values: Values, row: Mapping[str, Any], path: str) -> tuple[time, time]:
    opens, _, closes = values.words(row, path, "08:00-20:00").partition("-")
    try:
        hours = time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())
    except ValueError:
        hours = values.refuse(path, "write hours as 08:00-20:00")
    if hours[0] >= hours[1]:
        values.refuse(path, "the day ends before it begins")
    return hours


def _days(values: Values, row: Mapping[str, Any], path: str) -> tuple[str, ...]:
    given = values.list_of_words(row, path)
    if "days" in row and not given:
        values.refuse(path, "name at least one day, or leave it out for every day")
    for day in given:
        if day not in WEEKDAYS:
            values.refuse(path, f"{day!r} is none of {', '.join(WEEKDAYS)}")
    return tuple(day for day in WEEKDAYS if not given or day in given)


def _vacation(values: Values, row: Mapping[str, Any], path: str) -> tuple[Vacation, ...]:
    given = row.get("vacation", [])
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        values.refuse(path, "write a list of spans, such as [{ from = 2026-12-20, to = 2027-01-02 }]")
    return tuple(_away(values, each, f"{path}[{index}]") for index, each in enumerate(given))


def _away(values: Values, row: Mapping[str, Any], path: str) -> Vacation:
    values.only(row, path, ("from", "to"))
    first, last = _needed_day(values, row, f"{path}.from"), _needed_day(values, row, f"{path}.to")
    if last < first:
        values.refuse(f"{path}.to", "it ends before it begins")
    return Vacation(first, last)


def _needed_day(values: Values, row: Mapping[str, Any], path: str) -> date:
    found: date = values.day(row, path) or values.refuse(path, "write a day without quotes, such as 2026-12-20")
    return found
