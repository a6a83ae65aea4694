"""The team file: what one brokerage decides once, checked whole before anything starts.

Brokerage, postal address, assignees, how the CRM's stages map, which sources carry consent, the campaigns, and who gets
which lead. `tend setup` writes it; a bad one stops the start with the key and the reason.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.rules.consent import SourceConsent
from agent.rules.leads import StageRule, Status
from agent.rules.team import Team
from agent.team.campaigns import read_campaigns
from agent.team.crm import read_crm
from agent.team.people import read_assignee
from agent.team.routing import read_routing
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
    assignees = tuple(read_assignee(values, row, f"assignees[{index}]") for index, row in enumerate(rows))
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
        routing=read_routing(values, data, assignees=keys),
        crm=read_crm(values, data),
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
