"""Texts with blanks: `Hi {first_name|there}`. Parsed and checked once, filled with values that stay data.

The blanks are a closed, typed list, so an unknown one or a missing fallback stops the program at start instead of
reaching a lead. `fit_text` promises that a text never costs more than two GSM-7 segments, whatever the values; the
promise rests on `worst_septets`, checked when a text is loaded. Which texts exist is `agent.words`' business.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from channels.sms import fold, segments

TEXT_SEPTETS = 306
"""Two concatenated GSM-7 segments of 153 septets (3GPP TS 23.040)."""

SUBJECT_CHARACTERS = 60
"""Longest email subject; phones cut what is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One blank a text may have.

    `most` is what its value may cost in a text (GSM-7 septets) or a subject (characters) when room is short, and
    `stand_in` what is written when a value that must be there cannot be written at all. A `nullable` one may be unknown
    and needs a fallback in every text. `from_lead` values are typed by strangers: those that hold a link or an address
    count as unknown, so that nobody can use Tend to mail their own words to others. `whole` ones (links) are never cut.
    `loose` ones are sentences, cut with an ellipsis; `lines` ones may keep line breaks in an email.
    """

    name: str
    most: int
    stand_in: str = ""
    nullable: bool = False
    from_lead: bool = False
    whole: bool = False
    loose: bool = False
    lines: bool = False


FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        field.name: field
        for field in (
            Field(name="first_name", most=12, nullable=True, from_lead=True),
            Field(name="area", most=20, nullable=True, from_lead=True),
            Field(name="property", most=28, nullable=True, from_lead=True),
            Field(name="price_range", most=16, nullable=True, from_lead=True),
            Field(name="agent_name", most=20, stand_in="your agent"),
            Field(name="agent_first_name", most=12, stand_in="your agent"),
            Field(name="agent_phone", most=16, nullable=True, whole=True),
            Field(name="brokerage", most=24, stand_in="our office"),
            Field(name="postal_address", most=80, lines=True),
            Field(name="last_four", most=4),
            Field(name="consent_link", most=90, whole=True),
            Field(name="unsubscribe_link", most=90, whole=True),
            Field(name="lead_name", most=24, stand_in="A lead"),
            Field(name="quote", most=70, stand_in="...", loose=True, lines=True),
            Field(name="reasons", most=52, stand_in="see the lead", loose=True, lines=True),
            Field(name="action", most=36, stand_in="open the lead", loose=True),
            Field(name="campaign", most=36, stand_in="a campaign"),
            Field(name="due", most=18, stand_in="now"),
            Field(name="link", most=90, whole=True),
        )
    }
)
"""Every blank there is. Values wider than `most` are used as they are while there is room."""

TO_LEAD = frozenset(FIELDS) - {"lead_name", "quote", "reasons", "action", "campaign", "due", "link"}
"""Blanks of texts that leads read."""

TO_STAFF = frozenset(FIELDS) - {"consent_link", "unsubscribe_link", "postal_address"}
"""Blanks of alerts and to-dos, which people of the team read."""

_BLANK = re.compile(r"\{([a-z_]*)(?:\|([^{}|]*))?\}")
_TWO_SEPTETS = frozenset("^{}\\[~]|€\f")
_PLAIN = re.compile(r"[A-Za-z0-9 .,:;!?'\"()/&$%#@+*=<>_\n-]*")
_ODD = re.compile(r"://|www\.|@|[a-z0-9]\.[a-z]{2,}|[<>{}\[\]\\]", re.IGNORECASE)
_ENOUGH = 20
_LONGEST = 400
_READ = 2000
"""Characters of a value worth looking at for a text: its words must be found among spaces, and cut in the end."""


class TemplateError(ValueError):
    """A text that cannot be used. The message says where and why."""


@dataclass(frozen=True, slots=True)
class Blank:
    """A place for one value, with what stands there when the value is unknown."""

    field: Field
    fallback: str


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed text. `source` is what was written, `blanks` what is to be filled in, in order."""

    source: str
    parts: tuple[str | Blank, ...]
    blanks: tuple[Blank, ...]

    def fill(self, values: Mapping[str, str]) -> str:
        """Put the values in, once: a brace inside a value stays a brace. An empty value means the fallback."""
        return "".join(
            [part if part.__class__ is str else values.get(part.field.name) or part.fallback for part in self.parts]  # type: ignore[union-attr]
        )


def parse_template(source: str, *, allowed: frozenset[str]) -> Template:
    """Parse a text. Raises `TemplateError` for a stray brace, an unknown blank, or a nullable one without fallback."""
    parts: list[str | Blank] = []
    at = 0
    for match in _BLANK.finditer(source):
        _add_words(parts, source, at, match.start())
        name, fallback = match[1], match[2]
        if name not in allowed:
            raise TemplateError(f"position {match.start() + 1}: {{{name}}} is not one of: {', '.join(sorted(allowed))}")
        field = FIELDS[name]
        if field.nullable and fallback is None:
            raise TemplateError(
                f"position {match.start() + 1}: {{{name}}} may be unknown and needs a fallback: {{{name}|…}}"
            )
        parts.append(Blank(field, fallback or ""))
        at = match.end()
    _add_words(parts, source, at, len(source))
    return Template(source, tuple(parts), tuple(part for part in parts if isinstance(part, Blank)))


def tidy(field: Field, value: str, *, one_line: bool) -> str:
    """Make a raw value fit to be put in: visible characters, "" for what is unknown or unfit.

    Line breaks become spaces, except in fields that may have `lines` when `one_line` is false.
    What a name may look like is `rules.contact.greeting_name`'s to say.
    """
    if one_line:
        value = value[:_READ]
    elif field.lines and "\n" in value:
        return "\n".join(line for raw in value.splitlines() if (line := _one_line(raw)))
    text = _one_line(value)
    return "" if field.from_lead and _ODD.search(text) else text


def fit_text(template: Template, values: Mapping[str, str]) -> str:
    """Fill a text message so that it never costs more than two segments. `values` are tidied ones.

    In this order, until it fits: 1. all values as they are; 2. values without characters that GSM-7 lacks, cut at a
    word to the field's `most`; 3. the fallback for what may be unknown, and only a few words of sentences; 4. no links
    longer than their `most`.
    """
    body = fold(template.fill(values))
    if _fits(body):
        return body
    for narrow in (_cut, _spare, _bare):
        body = _filled_narrow(template, values, narrow)
        if _fits(body):
            return body
    raise TemplateError(f"two segments cannot hold: {template.source!r}")


def fit_subject(template: Template, values: Mapping[str, str]) -> str:
    """Fill a subject: one line, at most `SUBJECT_CHARACTERS` long, with values cut at a word if they must be."""
    subject = _one_line(template.fill(values))
    if len(subject) <= SUBJECT_CHARACTERS:
        return subject
    return _one_line(
        template.fill({f.name: _stand_in(f, _shorten(f, values.get(f.name, ""), len)) for f in _fields(template)})
    )


def worst_septets(template: Template) -> int:
    """Septets of the text with every value as wide as its field's `most`. Raises `TemplateError` outside GSM-7."""
    return sum(_septets(p) if isinstance(p, str) else _widest(p, _septets) for p in template.parts)


def worst_characters(template: Template) -> int:
    """Characters of a subject with every value as wide as its field's `most`."""
    return sum(len(p) if isinstance(p, str) else _widest(p, len) for p in template.parts)


def _add_words(parts: list[str | Blank], source: str, start: int, end: int) -> None:
    words = source[start:end]
    for brace in "{}":
        if brace in words:
            raise TemplateError(f"position {start + words.index(brace) + 1}: a brace that does not make a blank")
    if words:
        parts.append(words)


def _one_line(value: str) -> str:
    text = " ".join(value.split())
    return text if text.isprintable() else "".join(c for c in text if c.isprintable() or c == "\u200d")


@lru_cache(maxsize=2048)
def _cost(character: str) -> int:
    """Septets of one character; 0 when GSM-7 has none for it."""
    if character in _TWO_SEPTETS:
        return 2
    return 1 if segments(character).encoding == "gsm7" else 0


def _septets(text: str) -> int:
    total = 0
    for character in text:
        cost = _cost(character)
        if not cost:
            raise TemplateError(f"{character!r} is not in the GSM-7 alphabet and would double the price of the text")
        total += cost
    return total


def _widest(blank: Blank, measure: Callable[[str], int]) -> int:
    return max(blank.field.most, measure(blank.fallback), measure(blank.field.stand_in))


def _fits(body: str) -> bool:
    if len(body) <= TEXT_SEPTETS and _PLAIN.fullmatch(body):
        return True
    return segments(body).count <= 2


def _filled_narrow(template: Template, values: Mapping[str, str], narrow: Callable[[Field, str], str]) -> str:
    fitting = {f.name: _stand_in(f, narrow(f, _gsm(values.get(f.name, "")))) for f in _fields(template)}
    return template.fill(fitting).replace("....", "...")


def _fields(template: Template) -> tuple[Field, ...]:
    return tuple(blank.field for blank in template.blanks)


def _stand_in(field: Field, value: str) -> str:
    return value or ("" if field.nullable else field.stand_in)


def _cut(field: Field, value: str) -> str:
    return _shorten(field, value, _septets)


def _spare(field: Field, value: str) -> str:
    if field.nullable:
        return ""
    return _words_within(value, _ENOUGH, _septets, ending="...") if field.loose else _cut(field, value)


def _bare(field: Field, value: str) -> str:
    return "" if field.whole and _septets(value) > field.most else _spare(field, value)


def _shorten(field: Field, value: str, measure: Callable[[str], int]) -> str:
    if field.whole or measure(value) <= field.most:
        return value
    return _words_within(value, field.most, measure, ending="..." if field.loose else "")


def _words_within(value: str, most: int, measure: Callable[[str], int], *, ending: str) -> str:
    """Give the leading words that fit; "" when not even the first does."""
    if len(value) <= most and measure(value) <= most:
        return value
    kept = ""
    for word in value[: most + 1].split(" "):
        longer = f"{kept} {word}" if kept else word
        if measure(longer) + len(ending) > most:
            break
        kept = longer
    kept = kept.rstrip(" ,;:-")
    return kept + ending if kept else ""


def _gsm(value: str) -> str:
    """Write a value with the GSM-7 alphabet: look-alikes folded, accents it lacks taken off, the rest left out."""
    letters: list[str] = []
    for character in fold(value[:_LONGEST]):
        if _cost(character):
            letters.append(character)
        else:
            letters.extend(base for base in unicodedata.normalize("NFKD", character) if _cost(base))
    return " ".join("".join(letters).split())
