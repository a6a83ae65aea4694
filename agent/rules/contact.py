"""How an email, a phone and a name are written down, so that two spellings of one are equal.

Promises one form for each (lower-cased address, E.164 number, tidy name) or None where the text is not one, in
microseconds for what people usually type. It never asks the network, so a well-formed address may still not exist.
Whether two leads are one human is for `identity`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

import phonenumbers

from agent.rules.places import area_codes

LONGEST_NAME = 80
_LONGEST_EMAIL = 254  # RFC 5321 4.5.3.1.3, less the angle brackets
_LONGEST_PHONE = 64
_LONGEST_TOKEN = 24

_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?P<domain>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24})"
)
# TLDs that email-validator refuses (RFC 6761, RFC 2606), and punycode, are left to it.
_UNCOMMON_DOMAIN = re.compile(r"(?:^|\.)(?:arpa|invalid|local|localhost|onion|test)$|(?:^|\.)..--")

_NANP = re.compile(
    r"(?:\+?1[-. ]?)?(?:\((?P<inside>[2-9][0-9]{2})\) ?|(?P<plain>[2-9][0-9]{2})[-. ]?)"
    r"(?P<exchange>[2-9][0-9]{2})[-. ]?(?P<line>[0-9]{4})"
)
# Area codes in which phonenumbers 9.0 refuses some exchanges: left to it.
_PARTLY_ASSIGNED = frozenset({"340", "670", "671", "684", "983"})
_NANP_REGIONS = frozenset({"US", "CA"})

_NAME_SHAPE = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f .'’&-])*")
_BESIDE_DECOMPOSITION = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)


def normalise_email(raw: str) -> str | None:
    """Write an address the one way Tend stores it: trimmed and lower-cased. None where it is not an address.

    Lower-casing the local part is what mail systems in use do, though RFC 5321 lets them differ.
    """
    text = raw.strip()
    if not text or len(text) > _LONGEST_EMAIL:
        return None
    lowered = text.lower()
    plain = _PLAIN_EMAIL.fullmatch(lowered)
    if plain and not _UNCOMMON_DOMAIN.search(plain["domain"]):
        return lowered
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except (EmailNotValidError, UnicodeError):  # email-validator lets lone surrogates through to the encoder
        return None


def normalise_phone(raw: str, *, region: str = "US") -> str | None:
    """Write a number as E.164 ("+15125550142"), read as somebody in `region` would type it. None where it is not valid.

    North American numbers in their usual spellings skip the library; `tests/rules/test_contact.py` holds the two equal.
    """
    text = raw.strip()
    if not text or len(text) > _LONGEST_PHONE:
        return None
    if region in _NANP_REGIONS and (plain := _NANP.fullmatch(text)):
        npa = plain["inside"] or plain["plain"]
        if npa in area_codes() and npa not in _PARTLY_ASSIGNED:
            return f"+1{npa}{plain['exchange']}{plain['line']}"
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def last_four(phone: str) -> str:
    """Give the last four digits of a phone, for words that must not show the whole of it."""
    return "".join(c for c in phone if c.isdigit())[-4:]


def clean_name(raw: str, *, limit: int = LONGEST_NAME) -> str:
    """Make a name safe to store and show: one line, no control or direction characters, at most `limit` characters.

    Lone surrogates go too, since no database takes them; the joiners that Persian and Indic names need stay.
    """
    kept = "".join(_shown(c) for c in raw[: limit * 8])
    return unicodedata.normalize("NFC", " ".join(kept.split()))[:limit].strip()


@lru_cache(maxsize=4096)
def greeting_name(first: str) -> str | None:
    """Give the first name as a person would write it after "Hi", or None where a greeting without a name is kinder.

    None for placeholders ("Test"), initials, addresses, digits, links and keyboard noise. "JOHN" and "john" become
    "John"; "DeShawn" and "TJ" stay as they are.
    """
    name = clean_name(first)
    if len(name) > 30 or len(name.split()) > 3 or not _NAME_SHAPE.fullmatch(name):
        return None
    letters = [c for c in name if c.isalpha()]
    bare = "".join(letters).casefold()
    if not _lines("not_names.txt").isdisjoint({bare, *folded(name).split()[:1]}):
        return None
    if len(letters) == 1 and name[0].isascii():
        return None
    if len(letters) > 2 and len(set(bare)) == 1:
        return None
    if bare.isascii() and len(bare) > 3 and not any(c in "aeiouy" for c in bare):
        return None
    return _cased(name)


def folded(name: str) -> str:
    """Fold a name for comparing: no case, no accents, no punctuation, one space between words."""
    bare = name.replace("'", "").replace("’", "").casefold().translate(_BESIDE_DECOMPOSITION)
    kept = (c if c.isalnum() else " " for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))
    return " ".join("".join(kept).casefold().split())


def name_tokens(*names: str) -> frozenset[str]:
    """Give the words to store so that search-as-you-type finds these names by keyed hash.

    Each folded word, and each of its beginnings from three characters on: "Zoë" gives zoe,
    "Ortiz" gives ort, orti and ortiz.
    """
    words = {word[:_LONGEST_TOKEN] for name in names for word in search_tokens(name)}
    return frozenset(word[:length] for word in words for length in {*range(3, len(word) + 1), len(word)})


def search_tokens(query: str) -> tuple[str, ...]:
    """Give the folded words, at most eight, of what was typed into the search box, to look up among `name_tokens`."""
    return tuple(word[:_LONGEST_TOKEN] for word in folded(query[:200]).split()[:8])


@cache
def _lines(name: str) -> frozenset[str]:
    lines = files("agent.rules").joinpath("data", name).read_text("utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category in {"Cc", "Cs", "Co", "Cn"} or (category == "Cf" and character not in "\u200c\u200d"):
        return ""
    return character


def _cased(name: str) -> str:
    if not (name.isupper() or name.islower()):
        return name
    if name.isupper() and len(name) == 2 and (name.endswith("J") or not any(c in "AEIOUY" for c in name)):
        return name  # TJ, JP, KC
    return re.sub(r"(^|[ .&'’-])(\w)", lambda m: m[1] + m[2].upper(), name.lower())


def reached_by(channel: str) -> str:
    """The sort of address a channel needs: WhatsApp and texts reach the same phone number."""
    return "sms" if channel == "whatsapp" else channel
