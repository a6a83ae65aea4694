"""JSON from outside, as far as a database can keep it: no NUL, no half characters, no numbers that are none, not deep.

PostgreSQL takes NUL in no text, nobody types it, and nothing a form means lies thirty-two levels down.
"""

from __future__ import annotations

from typing import Any

import msgspec

from agent.web.errors import Refused

MAX_DEPTH = 32
_NUL = rb"\u0000"


def decoded(decoder: msgspec.json.Decoder[Any], raw: bytes) -> Any:
    """Decode a body that is valid JSON of the right shape. Raises `Refused` (400); `ValidationError` for the shape."""
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as error:
        reason = str(error).removeprefix("JSON is malformed: ")
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except RecursionError:
        reason = f"it is nested more than {MAX_DEPTH} levels deep"
    raise Refused(400, "VALIDATION_ERROR", f"The body is not valid JSON: {reason}") from None


def keepable(raw: bytes, content: Any) -> None:
    """Refuse what decodes and cannot be kept. Raises `Refused` (400)."""
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _deeper(content, MAX_DEPTH):
        raise Refused(400, "VALIDATION_ERROR", f"The body is nested more than {MAX_DEPTH} levels deep")
    if _NUL in raw and _has_nul(content):
        raise Refused(400, "VALIDATION_ERROR", "The body holds the character NUL, which no text may")


def _deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects lie in one another more levels deep than these."""
    layer, depth = [value], 0
    while layer := [each for each in layer if isinstance(each, (list, dict))]:
        depth += 1
        if depth > levels:
            return True
        layer = [inner for each in layer for inner in (each.values() if isinstance(each, dict) else each)]
    return False


def _has_nul(value: Any) -> bool:
    match value:
        case str():
            return "\x00" in value
        case list():
            return any(_has_nul(each) for each in value)
        case dict():
            return any(_has_nul(each) for pair in value.items() for each in pair)
    return False
