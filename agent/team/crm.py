"""The `[crm]` table of the team file: what Tend shows in the CRM of what it knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.rules.crm_wishes import FIELDS, CrmWishes
from agent.rules.leads import CLOSED, Status
from agent.team.values import Values

_KEYS = ("tags", "custom", "stages", "tasks", "announces", "texts", "mails", "assigns", "appointments")
_MOVABLE = [status.value for status in Status if status not in CLOSED]


def read_crm(values: Values, data: Mapping[str, Any]) -> CrmWishes:
    """Read `[crm]`; an absent table means the defaults. Raises `TeamFileError`."""
    row = values.table(data.get("crm", {}), "crm")
    values.only(row, "crm", _KEYS)
    defaults = CrmWishes()
    custom = values.table(row.get("custom", {}), "crm.custom")
    values.only(custom, "crm.custom", FIELDS)
    stages = values.table(row.get("stages", {}), "crm.stages")
    values.only(stages, "crm.stages", _MOVABLE)
    return CrmWishes(
        tags=values.list_of_words(row, "crm.tags") if "tags" in row else defaults.tags,
        custom={name: _field(values, custom, f"crm.custom.{name}") for name in custom},
        stages={Status(name): values.words(stages, f"crm.stages.{name}") for name in stages},
        tasks=values.flag(row, "crm.tasks", default=defaults.tasks),
        announces=values.flag(row, "crm.announces", default=defaults.announces),
        texts=values.flag(row, "crm.texts", default=defaults.texts),
        mails=values.flag(row, "crm.mails", default=defaults.mails),
        assigns=values.flag(row, "crm.assigns", default=defaults.assigns),
        appointments=values.flag(row, "crm.appointments", default=defaults.appointments),
    )


def _field(values: Values, custom: Mapping[str, Any], path: str) -> str:
    name = values.words(custom, path)
    if not name.startswith("custom"):
        values.refuse(path, "write a field of the CRM by its API name, such as customTendScore")
    return name
