"""A form post as plain text fields: the last value of each name, nothing longer than a message may be."""

from __future__ import annotations

import re
from typing import Any

from litestar import Request
from litestar.exceptions import ValidationException

LONGEST = 20_000
_PATH = re.compile(r"/(?:[a-z0-9_-]+(?:/[a-z0-9_-]+)*)?")


async def fields(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Read the posted form. Raises `ValidationException` (400) for a field that is no text or too long."""
    form = await request.form()
    found: dict[str, str] = {}
    for name in form:
        value = form[name]
        if not isinstance(value, str) or len(value) > LONGEST:
            raise ValidationException(f"“{name[:40]}” must be text of at most {LONGEST} characters")
        found[name] = value
    return found


def back_to(given: dict[str, str]) -> str:
    """The page a form was on, from its field `back`; the first page where it names none of ours."""
    back = given.get("back", "/")
    return back if _PATH.fullmatch(back) else "/"
