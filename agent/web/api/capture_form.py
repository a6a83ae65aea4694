"""The capture API's request, exactly, and its checks: what is required, what is cut, what is refused with which field.

Unknown fields are kept with the rest of the body. Decoding straight into structs is what makes the door fast.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

import msgspec

from agent.flows.form_posts import Submission
from agent.rules.consent import from_form
from agent.rules.contact import LONGEST_NAME, clean_name, normalise_email, normalise_phone
from agent.web.api.plain_json import decoded, keepable
from agent.web.errors import Refused

MAX_NAME = LONGEST_NAME
_MAX_KEY = 200
_PATH = re.compile(r" - at `\$\.?([^`]*)`")


class Contact(msgspec.Struct, kw_only=True):
    """Who they are; the first three are required."""

    firstName: str | None = None  # noqa: N815 - the contract's spelling
    lastName: str | None = None  # noqa: N815
    email: str | None = None
    phone: str | None = None
    company: str | None = None


class CaptureForm(msgspec.Struct, kw_only=True):
    """The request body; nested parts beyond the contact are kept as they came."""

    campaign_id: str | None = None
    source: str | None = None
    contact: Contact | None = None
    lead_details: dict[str, Any] | None = None
    tracking: dict[str, Any] | None = None
    form_metadata: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(CaptureForm)
_whole = msgspec.json.Decoder(dict[str, Any])


def read(body: bytes, *, idempotency_key: str | None, token: str, origin: str) -> Submission:
    """Read and check one form post. Raises `Refused` (400) naming the field."""
    try:
        form: CaptureForm = decoded(_decoder, body)
    except msgspec.ValidationError as error:
        found = _PATH.search(str(error))
        _invalid(_PATH.sub("", str(error)), field=found[1] if found else None)
    contact = form.contact or Contact()
    campaign = _required(form.campaign_id, "campaign_id", limit=_MAX_KEY)
    source = _required(form.source, "source", limit=MAX_NAME)
    first = _required(contact.firstName, "contact.firstName", limit=MAX_NAME)
    last = _required(contact.lastName, "contact.lastName", limit=MAX_NAME)
    email = normalise_email(_required(contact.email, "contact.email", limit=320))
    if email is None:
        _invalid("Invalid email format", field="contact.email")
    phone = normalise_phone(contact.phone) if contact.phone and contact.phone.strip() else None
    if contact.phone and contact.phone.strip() and phone is None:
        _invalid("Invalid phone number", field="contact.phone")
    if idempotency_key is not None and not 0 < len(idempotency_key) <= _MAX_KEY:
        _invalid(f"Idempotency-Key must be 1 to {_MAX_KEY} characters")
    metadata = form.form_metadata or {}
    try:
        from_form(metadata.get("consent_given"), campaign_wording=None)
    except ValueError as error:
        _invalid(str(error), field="form_metadata.consent_given")
    content = decoded(_whole, body)
    keepable(body, content)
    if cut := _cut(form, contact):
        content["whole"] = cut
    content["campaign_id"], content["source"] = campaign, source
    content["contact"] = {**content["contact"], "firstName": first, "lastName": last}
    return Submission(
        campaign=campaign,
        source=source,
        first_name=first,
        last_name=last,
        email=email,
        phone=phone,
        visitor_id=str((form.tracking or {}).get("visitor_id") or "")[:_MAX_KEY],
        idempotency_key=idempotency_key,
        token=token,
        origin=origin,
        content=content,
    )


def _cut(form: CaptureForm, contact: Contact) -> dict[str, str]:
    """What was too long and is cut, whole, by its name."""
    given = {"first name": contact.firstName, "last name": contact.lastName, "source": form.source}
    return {name: value for name, value in given.items() if value and len(value.strip()) > MAX_NAME}


def _required(value: str | None, field: str, *, limit: int) -> str:
    cleaned = clean_name(value or "", limit=limit)
    if not cleaned:
        _invalid(f"{field} is required", field=field)
    return cleaned


def _invalid(message: str, *, field: str | None = None) -> NoReturn:
    raise Refused(400, "VALIDATION_ERROR", message, field=field)
