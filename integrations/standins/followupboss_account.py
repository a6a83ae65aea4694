"""What one invented Follow Up Boss account holds, and how it tells others about changes.

Promises records in the vendor's own shapes and deliveries signed as the vendor signs them (ids only). Nothing is
pushed by itself: whoever changes the account says when. What happens to people beside texts is `followupboss_logged`'s,
how a push is retried `followupboss_pushes`', serving it over HTTP `followupboss`'.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from integrations.standins.followupboss_meter import Meter
from integrations.standins.followupboss_pushes import Client, Delivery, Pushes
from integrations.standins.followupboss_troubles import Troubles

Record = dict[str, Any]

MASK = "* Body is hidden for privacy reasons *"
"""What API clients get to see instead of a text's body."""

STAGES = ("Lead", "Attempted contact", "Spoke with customer", "Appointment set", "Under contract", "Closed", "Trash")
LIMITS = {"global": 250, "notes": 10, "events": 20, "people-update": 25}
"""Calls in ten seconds, by context, for a registered system."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Account:
    """One account, its API key, and the one system registered with it.

    `clock` (seconds) drives the rate limits, `now` the records' times. `limits` are calls per `window_seconds`. The key
    is the account owner's unless `owner` is false; then it is one of that `role`. `base_url` is where pushes say that
    things lie.
    """

    def __init__(
        self,
        *,
        api_key: str,
        system: str,
        system_key: str,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
        limits: Mapping[str, int] = LIMITS,
        window_seconds: float = 10.0,
        owner: bool = True,
        role: str = "Broker",
        base_url: str = "https://api.followupboss.com",
    ) -> None:
        self.api_key, self.system, self.system_key = api_key, system, system_key
        self.owner, self.role, self.base_url = owner, role, base_url
        self.people: dict[int, Record] = {}
        self.notes: dict[int, Record] = {}
        self.texts: dict[int, Record] = {}
        self.events: dict[int, Record] = {}
        self.calls: dict[int, Record] = {}
        self.emails: dict[int, Record] = {}
        self.appointments: dict[int, Record] = {}
        self.em_events: dict[int, Record] = {}
        self.action_plans: dict[int, Record] = {}
        self.action_plans_people: dict[int, Record] = {}
        self.automations: dict[int, Record] = {}
        self.automations_people: dict[int, Record] = {}
        self.tasks: dict[int, Record] = {}
        self.em_campaigns: dict[int, Record] = {}
        self.ignored_sources: set[str] = set()
        self.lead_flow_gives_to: int | None = None
        self.troubles = Troubles()
        self.webhooks: dict[int, Record] = {}
        self.webhook_events: dict[str, Record] = {}
        self.users: dict[int, Record] = {}
        self.stages: dict[int, Record] = {n: {"id": n, "name": name} for n, name in enumerate(STAGES, start=1)}
        self.custom_fields: dict[int, Record] = {
            1: {"id": 1, "name": "customTextConsent", "label": "Text consent", "type": "text"}
        }
        self.meter = Meter(clock=clock, limits=limits, window_seconds=window_seconds)
        self._now = now
        self._last_id = 500
        self._pushes = Pushes(self.webhooks, now)

    def stamp(self) -> str:
        """The present instant as records carry it."""
        return self._now().astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def next_id(self) -> int:
        """A number no record of this account has had."""
        self._last_id += 1
        return self._last_id

    def add_user(self, *, name: str, email: str, role: str = "Agent") -> int:
        """Add somebody who works in the account and return the id."""
        user_id = self.next_id()
        owner = not self.users
        self.users[user_id] = {"id": user_id, "name": name, "email": email, "role": role, "isOwner": owner}
        return user_id

    def add_person(
        self,
        *,
        first_name: str,
        last_name: str,
        email: str = "",
        phone: str = "",
        source: str = "",
        stage: str = "Lead",
        tags: Sequence[str] = (),
        price: int | None = None,
        address: Mapping[str, str] | None = None,
        assigned_user_id: int | None = None,
        pond_id: int | None = None,
        collaborators: Sequence[int] = (),
        background: str | None = None,
        text_consent: str | None = None,
        created: datetime | None = None,
    ) -> int:
        """Add a person and return the id. `text_consent` fills `customTextConsent`; `created` is now if not given."""
        person_id = self.next_id()
        stamp = created.astimezone(UTC).isoformat(timespec="seconds") if created else self.stamp()
        assignee = self.users.get(assigned_user_id or 0, {})
        self.people[person_id] = {
            "id": person_id,
            "created": stamp,
            "updated": stamp,
            "createdVia": "API",
            "lastActivity": stamp,
            "name": f"{first_name} {last_name}".strip(),
            "firstName": first_name,
            "lastName": last_name,
            "stage": stage,
            "source": source,
            "contacted": 0,
            "price": price,
            "assignedUserId": assigned_user_id,
            "assignedTo": assignee.get("name"),
            "assignedPondId": pond_id,
            "assignedLenderId": None,
            "collaborators": [self._collaborator(each) for each in collaborators],
            "tags": list(tags),
            "emails": [{"value": email, "type": "home", "status": "Valid", "isPrimary": 1}] if email else [],
            "phones": [_phone(phone)] if phone else [],
            "addresses": [{"type": "home", "street": "", **address}] if address else [],
            "background": background,
            "customTextConsent": text_consent,
        }
        return person_id

    def active(self, person_id: int) -> None:
        """Remember that something was logged of a person just now."""
        if person_id in self.people:
            self.people[person_id]["lastActivity"] = self.stamp()

    def _collaborator(self, user_id: int) -> Record:
        user = self.users.get(user_id, {})
        return {"id": user_id, "name": user.get("name", ""), "assigned": False, "role": user.get("role", "Agent")}

    def change_person(self, person_id: int, **changes: Any) -> None:
        """Set fields by the vendor's names (`stage="Closed"`, `tags=[…]`, `customTextConsent="yes"`)."""
        if "assignedUserId" in changes:
            user = self.users.get(changes["assignedUserId"], {})
            changes = {"assignedTo": user.get("name"), "assignedPondId": None} | changes
        self.people[person_id] |= changes | {"updated": self.stamp()}

    def delete_person(self, person_id: int) -> None:
        """Remove a person for good (Trash is a stage: `change_person(id, stage="Trash")`)."""
        del self.people[person_id]

    def add_incoming_text(
        self, person_id: int, *, message: str, from_number: str, to_number: str, masked: bool = True
    ) -> int:
        """Log a text from the person and return its id. A masked one keeps its words to itself."""
        return self._add_text(
            person_id, message=MASK if masked else message, isIncoming=1, fromNumber=from_number, toNumber=to_number
        )

    def add_outgoing_text(
        self, person_id: int, *, from_number: str, to_number: str, user_name: str = "", action_plan_id: int = 0
    ) -> int:
        """Log a masked text to the person: a human's with `user_name`, a machine's with an action plan."""
        return self._add_text(
            person_id,
            message=MASK,
            isIncoming=0,
            fromNumber=from_number,
            toNumber=to_number,
            userName=user_name,
            actionPlanId=action_plan_id,
        )

    def add_webhook(self, *, event: str, url: str) -> int:
        """Register a webhook and return its id."""
        webhook_id = self.next_id()
        self.webhooks[webhook_id] = {"id": webhook_id, "status": "Active", "event": event, "url": url}
        return webhook_id

    def delivery(
        self,
        event: str,
        resource_ids: Sequence[int],
        *,
        event_id: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> Delivery:
        """Build one signed delivery; the same `event_id` makes a replay."""
        body: Record = {
            "eventId": event_id or str(uuid.uuid4()),
            "eventCreated": self._now().astimezone(UTC).isoformat(timespec="seconds"),
            "event": event,
            "resourceIds": list(resource_ids),
            "uri": None if event.endswith("Deleted") else f"{self.base_url}/v1/{_path(event, resource_ids)}",
        }
        self.webhook_events[body["eventId"]] = body
        raw = json.dumps(body | ({"data": dict(data)} if data else {}), separators=(",", ":")).encode()
        return Delivery(raw, {"Content-Type": "application/json", "FUB-Signature": self.signature(raw)})

    def signature(self, body: bytes) -> str:
        """Lower-case hex HMAC-SHA256 with the system key over the base64 of the body (webhooks guide)."""
        return hmac.new(self.system_key.encode(), base64.b64encode(body), hashlib.sha256).hexdigest()

    async def push(
        self, event: str, resource_ids: Sequence[int], client: Client, *, data: Mapping[str, Any] | None = None
    ) -> list[int]:
        """POST one delivery to every active webhook of the event and return the statuses (0: nobody answered).

        A webhook that answers 406 or 410 is deleted; anything else but 2xx is tried again by `push_due`.
        """
        return await self.deliver(event, self.delivery(event, resource_ids, data=data), client)

    async def deliver(self, event: str, delivery: Delivery, client: Client) -> list[int]:
        """POST this delivery as `push` does, perhaps once more."""
        return await self._pushes.push(event, delivery, client)

    async def push_due(self, client: Client) -> list[int]:
        """Try again what was not taken and is due by now; the statuses."""
        return await self._pushes.push_due(client)

    @property
    def to_push_again(self) -> int:
        """How many deliveries will be tried again."""
        return self._pushes.waiting

    def _add_text(self, person_id: int, **fields: Any) -> int:
        text_id = self.next_id()
        defaults = {"userName": "", "actionPlanId": 0, "leadFlowRouteId": None, "isExternal": False}
        record = {"id": text_id, "personId": person_id, "created": self.stamp()}
        self.texts[text_id] = record | defaults | fields
        self.active(person_id)
        return text_id


def _phone(number: str) -> Record:
    digits = "".join(each for each in number if each.isdigit())
    return {
        "value": number,
        "type": "mobile",
        "status": "Valid",
        "isPrimary": 1,
        "normalized": digits[-10:],
        "isLandline": False,
    }


def _path(event: str, resource_ids: Sequence[int]) -> str:
    collection = event
    for ending in ("TagsCreated", "StageUpdated", "Unsubscribed", "Opened", "Clicked", "Created", "Updated"):
        collection = collection.removesuffix(ending)
    return f"{collection}?id={','.join(map(str, resource_ids))}"
