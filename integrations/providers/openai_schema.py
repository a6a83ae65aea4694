"""The form a model must fill in, and how a filled-in form becomes a `Reading`.

Promises that nothing but the closed values gets through: unknown words, extra fields and numbers out of range are
refused, the quote is kept only when the person really wrote it, and free text is one short line. Limits stay out of
`SCHEMA`, because some servers refuse them; they are checked here. `BOUNDED` names the longest texts, for servers that
can hold a model to them: a small one repeats itself until its answer is cut off in the middle.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from integrations.language_model import Intent, Reading, Sentiment, Slots, Timeline, Urgency

NAME = "reading"
"""What the schema is called on the wire."""

_LINE = 200
_SLOT = 120
_LANGUAGE = 30
_NUMBER = {"type": "number"}
_AMOUNT = {"type": ["integer", "null"]}
_FLAG = {"type": ["boolean", "null"]}
_JUDGED = ("sentiment", "urgency", "timeline")


def _text(longest: int, *, bounded: bool) -> dict[str, Any]:
    return {"type": "string", "maxLength": longest} if bounded else {"type": "string"}


def _one_of(words: type[StrEnum]) -> dict[str, Any]:
    return {"type": "string", "enum": [each.value for each in words]}


def _form(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _schema(*, bounded: bool) -> dict[str, Any]:
    line, slot = _text(_LINE, bounded=bounded), _text(_SLOT, bounded=bounded)
    return _form(
        {
            "reason": line,
            "quote": line,
            "intent": _one_of(Intent),
            "sentiment": _one_of(Sentiment),
            "urgency": _one_of(Urgency),
            "confidence": _NUMBER,
            "sentiment_strength": _NUMBER,
            "timeline": _one_of(Timeline),
            "language": _text(_LANGUAGE, bounded=bounded),
            "confidences": _form(dict.fromkeys(_JUDGED, _NUMBER)),
            "slots": _form(
                {
                    "area": slot,
                    "property": slot,
                    "beds": slot,
                    "baths": slot,
                    "price_min": _AMOUNT,
                    "price_max": _AMOUNT,
                    "visit_time": slot,
                    "move_date": slot,
                    "pre_approved": _FLAG,
                    "has_agent": _FLAG,
                }
            ),
        }
    )


SCHEMA = _schema(bounded=False)
"""Strict JSON Schema: every field required, none added, the reason written before the verdict."""
BOUNDED = _schema(bounded=True)
"""The same form, with the longest text each field may hold."""

_Share = Annotated[float, Meta(ge=0, le=1)]
_Dollars = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class _Slots(msgspec.Struct, forbid_unknown_fields=True):
    area: str
    property: str
    beds: str
    baths: str
    price_min: _Dollars | None
    price_max: _Dollars | None
    visit_time: str
    move_date: str
    pre_approved: bool | None
    has_agent: bool | None


class _Confidences(msgspec.Struct, forbid_unknown_fields=True):
    sentiment: _Share
    urgency: _Share
    timeline: _Share


class _Form(msgspec.Struct, forbid_unknown_fields=True):
    reason: str
    quote: str
    intent: Intent
    sentiment: Sentiment
    urgency: Urgency
    confidence: _Share
    sentiment_strength: _Share
    timeline: Timeline
    language: str
    confidences: _Confidences
    slots: _Slots


def reading(answer: str, *, said: str, reader: str, version: str) -> Reading:
    """Read a filled-in form about what was `said`. Raises `ValueError` when it is not one."""
    try:
        form = msgspec.json.decode(answer.encode("utf-8", "replace"), type=_Form)
    except RecursionError:
        raise ValueError("nested too deep") from None
    return Reading(
        intent=form.intent,
        sentiment=form.sentiment,
        urgency=form.urgency,
        confidence=form.confidence,
        reason=_line(form.reason, _LINE),
        quote=_quote(form.quote, said),
        reader=reader,
        slots=_slots(form.slots),
        strength=0.0 if form.sentiment is Sentiment.NEUTRAL else form.sentiment_strength,
        timeline=form.timeline,
        language=_line(form.language, _LANGUAGE).capitalize(),
        confidences=msgspec.structs.asdict(form.confidences),
        version=version,
    )


def _slots(given: _Slots) -> Slots:
    return Slots(
        area=_line(given.area, _SLOT),
        property=_line(given.property, _SLOT),
        beds=_line(given.beds, _SLOT),
        baths=_line(given.baths, _SLOT),
        price_min=given.price_min,
        price_max=given.price_max,
        visit_time=_line(given.visit_time, _SLOT),
        move_date=_line(given.move_date, _SLOT),
        pre_approved=given.pre_approved,
        has_agent=given.has_agent,
    )


def _line(text: str, longest: int) -> str:
    """One line of printable characters."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:longest]


def _quote(quote: str, said: str) -> str:
    """The quote when it stands in what was said, letter case and blanks aside; otherwise nothing."""
    line = _line(quote, _LINE)
    return line if line.casefold() in _line(said, len(said)).casefold() else ""
