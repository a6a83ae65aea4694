"""Two leads become one: which of them goes on, what it takes over, and what Tend may still do afterwards.

Promises that blanks are filled and nothing is overwritten, that whoever was asked to be left alone stays left alone,
and that nobody is owed more consent than before. What moves from where is for the flow.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from agent.rules.consent import Entry, standing
from agent.rules.leads import ended_in_silence, waits_for_a_plan

CRM = ("crm", "crm_person_id", "crm_stage", "crm_user_id", "stage_blocks", "background_hash")
"""What a CRM says of a lead; it goes together."""
FORM = ("campaign_score", "grade", "campaign_reasons", "campaign_version")
"""What a form was worth; it goes together."""
_BLANKS = ("first_name", "last_name", "source", "campaign_id", "assignee_id", "intent", "residence_state")
_BLANKS_TOO = ("snoozed_until", "follow_up_on")
_Pick = Callable[..., Any]
_FURTHEST: Mapping[str, _Pick] = {
    "contacted_at": min,
    "last_inbound_at": max,
    "last_outbound_at": max,
    "deal_on": max,
}


def goes_on(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether `one` is the lead that stays: the one the CRM knows, else the older."""
    if bool(one["crm_person_id"]) != bool(other["crm_person_id"]):
        return bool(one["crm_person_id"])
    return bool((one["created_at"], one["id"].hex) <= (other["created_at"], other["id"].hex))


def joined(kept: Mapping[str, Any], gone: Mapping[str, Any]) -> dict[str, Any]:
    """What the lead that stays becomes, column by column; only what changes.

    Both are rows with names in plain and `facts` as a mapping.
    """
    new: dict[str, Any] = {name: gone[name] for name in (*_BLANKS, *_BLANKS_TOO) if not kept[name] and gone[name]}
    if not kept["crm_person_id"] and gone["crm_person_id"]:
        new |= {name: gone[name] for name in CRM}
    if kept["campaign_score"] is None and gone["campaign_score"] is not None:
        new |= {name: gone[name] for name in FORM}
    new["zones"], new["zone_source"] = _clocks(kept, gone)
    if kept["status"] == "new" and gone["status"] != "new":
        new |= {"status": gone["status"], "qualification": gone["qualification"]}
    for name, pick in _FURTHEST.items():
        told = [row[name] for row in (kept, gone) if row[name] is not None]
        new |= {name: pick(told)} if told else {}
    new["facts"] = _facts(kept["facts"], gone["facts"])
    new["end_reason"], new["ended_at"] = ends(kept, gone)
    return {name: value for name, value in new.items() if value != kept[name]}


def ends(kept: Mapping[str, Any], gone: Mapping[str, Any]) -> tuple[str, Any]:
    """The end reason of the two together, and since when: what forbids Tend to write wins, then whoever still lives."""
    forbidden = next((row for row in (kept, gone) if is_forbidden(row)), None)
    if forbidden is not None:
        reason = forbidden["end_reason"] or forbidden["stage_blocks"]
        return reason, forbidden["ended_at"] or kept["ended_at"] or gone["ended_at"] or forbidden["updated_at"]
    if not kept["end_reason"] or not gone["end_reason"]:
        return "", None
    return kept["end_reason"], kept["ended_at"]


def is_forbidden(row: Mapping[str, Any]) -> bool:
    """Whether Tend writes nothing to this lead by itself: an end that was more than silence, a stage, a CRM's plan."""
    reason = row["end_reason"]
    return bool(row["stage_blocks"]) or bool(reason and (not ended_in_silence(reason) or waits_for_a_plan(reason)))


Address = tuple[str, bytes]


def gains_consent(
    kept: Sequence[Entry], gone: Sequence[Entry], *, theirs: Collection[Address], others: Collection[Address],
    closed: Collection[Address],
) -> bool:  # fmt: skip
    """Whether some address could be written to on the two ledgers together that could not on its own.

    `theirs` are the addresses (channel and hash) of the lead with the ledger `kept`, `others` those of the other one.
    """
    both = sorted((*kept, *gone), key=lambda entry: entry.at)
    before = _open(kept, theirs) | _open(gone, others)
    return bool((_open(both, {*theirs, *others}) - before) - set(closed))


def _open(ledger: Sequence[Entry], addresses: Collection[Address]) -> set[Address]:
    return {
        (channel, value) for channel, value in addresses if standing(ledger, channel=channel, address=value).allowed
    }


def _clocks(kept: Mapping[str, Any], gone: Mapping[str, Any]) -> tuple[str, str]:
    """By which clocks they may live: what they told a person, else all of both, since each number may be texted."""
    for row in (kept, gone):
        if row["zone_source"] == "told":
            return row["zones"], row["zone_source"]
    names = [name for row in (kept, gone) for name in row["zones"].split(",") if name]
    return ",".join(dict.fromkeys(names)), kept["zone_source"] or gone["zone_source"]


def _facts(kept: Mapping[str, Any], gone: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of both, those of the lead that stays first; `behind` says since when and by which words."""
    behind = {**gone.get("behind", {}), **kept.get("behind", {})}
    facts = {**gone, **kept}
    return {**facts, "behind": behind} if behind else facts
