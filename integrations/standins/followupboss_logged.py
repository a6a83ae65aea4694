"""What happens to people inside the invented account: calls, emails, notes, appointments, plans, unsubscriptions.

Each function logs one thing as Follow Up Boss would show it and returns its id; telling anybody is left to the caller.
"""

from __future__ import annotations

from typing import Any

from integrations.standins.followupboss_account import MASK, Account, Record


def call(account: Account, person_id: int, *, by: str = "", incoming: bool = False, seconds: int = 60) -> int:
    """Log a call; `by` is the user's name. One of no seconds was not answered."""
    return _log(
        account,
        account.calls,
        person_id,
        userName=by,
        userId=_user(account, by),
        isIncoming=int(incoming),
        duration=seconds,
        outcome="No Answer" if not seconds else "Interested",
        note="",
        recordingUrl="* hidden for privacy reasons *",
        systemName=None,
        actionPlanId=0,
        leadFlowRouteId=None,
    )


def email(account: Account, person_id: int, *, by: str = "", incoming: bool = False, action_plan_id: int = 0) -> int:
    """Log an email, its body masked; one of an action plan carries the plan's id."""
    return _log(
        account,
        account.emails,
        person_id,
        userName=by,
        userId=_user(account, by),
        isIncoming=int(incoming),
        subject=MASK,
        body=MASK,
        actionPlanId=action_plan_id,
        leadFlowRouteId=None,
    )


def note(account: Account, person_id: int, *, by: str = "", body: str = "", system: str | None = None) -> int:
    """Write a note by a user's hand, by nobody's, or by another system's with a user's key."""
    user = _user(account, by)
    return _log(
        account,
        account.notes,
        person_id,
        subject="",
        body=body,
        isHtml=False,
        createdById=user,
        createdBy=by,
        systemName=system,
    )


def appointment(account: Account, person_id: int, *, by: str = "") -> int:
    """Put an appointment with somebody into the account's calendar."""
    found = account.next_id()
    account.appointments[found] = {
        "id": found,
        "created": account.stamp(),
        "title": "Showing",
        "createdById": _user(account, by),
        "userName": by,
        "invitees": [{"userId": _user(account, by), "personId": None}, {"userId": None, "personId": person_id}],
    }
    return found


def run_plan(account: Account, person_id: int, *, name: str, status: str = "Running", automation: bool = False) -> int:
    """Let an action plan, or an automation, run on somebody; returns the id of the pairing."""
    plans, pairings = (
        (account.automations, account.automations_people)
        if automation
        else (account.action_plans, account.action_plans_people)
    )
    plan = next((each["id"] for each in plans.values() if each["name"] == name), account.next_id())
    plans[plan] = {"id": plan, "name": name, "status": "Active"}
    found = account.next_id()
    of = "automationId" if automation else "actionPlanId"
    pairings[found] = {"id": found, "personId": person_id, of: plan, "status": status}
    return found


def look(account: Account, person_id: int, *, street: str, city: str, kind: str = "Viewed Property") -> int:
    """Let somebody look at a home on a page that tells the account."""
    return _log(
        account,
        account.events,
        person_id,
        type=kind,
        source="homes.example",
        occurred=account.stamp(),
        property={"street": street, "city": city},
    )


def unsubscribe(account: Account, person_id: int, *, campaign_id: int | None = None) -> int:
    """Let somebody unsubscribe from email that went out of the account."""
    person = account.people[person_id]
    recipient = next((each["value"] for each in person["emails"]), "")
    return _log(
        account,
        account.em_events,
        person_id,
        type="unsubscribe",
        occurred=account.stamp(),
        recipient=recipient,
        campaignId=campaign_id,
    )


def merge(account: Account, person_id: int, *, into: int) -> None:
    """Merge somebody into another: their addresses and what was logged move there, and their own id is gone."""
    gone, kept = account.people.pop(person_id), account.people[into]
    for field in ("emails", "phones"):
        there = {each["value"] for each in kept[field]}
        kept[field] = [*kept[field], *({**each, "isPrimary": 0} for each in gone[field] if each["value"] not in there)]
    kept["tags"] = list(dict.fromkeys([*kept["tags"], *gone["tags"]]))
    kept["updated"] = account.stamp()
    for records in (account.texts, account.calls, account.emails, account.notes, account.em_events):
        for record in records.values():
            if record["personId"] == person_id:
                record["personId"] = into


def _log(account: Account, records: dict[int, Record], person_id: int, **fields: Any) -> int:
    found = account.next_id()
    records[found] = {"id": found, "personId": person_id, "created": account.stamp(), **fields}
    account.active(person_id)
    return found


def _user(account: Account, name: str) -> int | None:
    if not name:
        return None
    return next((each["id"] for each in account.users.values() if each["name"] == name), 900_001)
