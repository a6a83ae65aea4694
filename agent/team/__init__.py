"""The team file: what one brokerage decides once, checked whole before anything starts.

Brokerage, postal address, assignees, how the CRM's stages map, which sources carry consent, and the campaigns. `tend
setup` writes it; a bad one stops the start with the key and the reason.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Any

from agent.rules.consent import SourceConsent
from agent.rules.contact import normalise_email, normalise_phone
from agent.rules.leads import StageRule, Status
from agent.rules.team import Assignee, Team
from agent.team.campaigns import read_campaigns
from agent.team.crm import read_crm
from agent.team.values import TeamFileError, Values

__all__ = ["TeamFileError", "from_dict", "read"]


def read(path: Path) -> Team:
    """Read and check a team file. Raises `TeamFileError`."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"{path}: there is no team file yet; `tend setup` makes one"
        raise TeamFileError(message) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path}: {error}"
        raise TeamFileError(message) from None
    return from_dict(data, where=str(path))


def from_dict(data: Mapping[str, Any], *, where: str) -> Team:
    """Check a team file's content. Raises `TeamFileError` naming `where`, the key and the reason."""
    values = Values(where)
    team = values.table(data.get("team"), "team")
    rows = data.get("assignees") or values.refuse("assignees", "name at least one assignee")
    assignees = tuple(_assignee(values, row, f"assignees[{index}]") for index, row in enumerate(rows))
    keys = [assignee.key for assignee in assignees]
    if len(set(keys)) != len(keys):
        values.refuse("assignees", "two assignees share a key")
    stages = {name: _stage(values, row, f"stages.{name}") for name, row in dict(data.get("stages", {})).items()}
    consent = tuple(_consent(values, row, f"consent[{i}]") for i, row in enumerate(data.get("consent", [])))
    return Team(
        brokerage=values.words(team, "team.brokerage"),
        postal_address=values.words(team, "team.postal_address"),
        zone=values.zone(team, "team.zone"),
        assignees=assignees,
        stages=stages,
        consent=consent,
        campaigns=read_campaigns(values, data, assignees=keys),
        crm=read_crm(values, data),
    )


def _assignee(values: Values, row: Any, path: str) -> Assignee:
    if not isinstance(row, dict):
        values.refuse(path, "this must be a table")
    phone = normalise_phone(values.words(row, f"{path}.phone"))
    email = normalise_email(values.words(row, f"{path}.email"))
    opens, _, closes = values.words(row, f"{path}.hours", "08:00-20:00").partition("-")
    try:
        hours = time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())
    except ValueError:
        hours = values.refuse(f"{path}.hours", "write hours as 08:00-20:00")
    if hours[0] >= hours[1]:
        values.refuse(f"{path}.hours", "the day ends before it begins")
    return Assignee(
        key=values.words(row, f"{path}.key"),
        name=values.words(row, f"{path}.name"),
        phone=phone or values.refuse(f"{path}.phone", "this is not a phone number"),
        email=email or values.refuse(f"{path}.email", "this is not an email address"),
        zone=values.zone(row, f"{path}.zone"),
        opens=hours[0],
        closes=hours[1],
        leads_team=bool(row.get("leads_team", False)),
        crm_user_id=str(row.get("crm_user_id", "")),
    )


def _stage(values: Values, row: Any, path: str) -> StageRule:
    if not isinstance(row, dict) or not isinstance(row.get("automation"), bool):
        values.refuse(path, "say automation = true or false")
    status = row.get("status")
    if status is not None and status not in set(Status):
        values.refuse(f"{path}.status", f"{status!r} is none of {', '.join(Status)}")
    return StageRule(
        status=Status(status) if status is not None else None,
        automation=row["automation"],
        reason=values.words(row, f"{path}.reason", ""),
    )


def _consent(values: Values, row: Any, path: str) -> SourceConsent:
    if not isinstance(row, dict) or row.get("match") not in {"source", "tag", "custom"}:
        values.refuse(f"{path}.match", "say source, tag or custom")
    channels = tuple(row.get("channels", ()))
    if not channels or not set(channels) <= {"email", "sms"}:
        values.refuse(f"{path}.channels", 'list "email", "sms" or both')
    since = row.get("since")
    if since is None or not hasattr(since, "isoformat"):
        values.refuse(f"{path}.since", "write the date this wording has been in use since, such as 2026-01-15")
    field = values.words(row, f"{path}.field", "")
    if (row["match"] == "custom") != bool(field):
        values.refuse(f"{path}.field", 'name the custom field when, and only when, match = "custom"')
    return SourceConsent(
        match=row["match"],
        value=values.words(row, f"{path}.value"),
        field=field,
        channels=channels,
        wording=values.words(row, f"{path}.wording"),
        kept_at=values.words(row, f"{path}.kept_at"),
        since=since,
    )
