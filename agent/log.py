"""Structured logs without personal data: JSON in production, readable on a terminal.

Events are `noun.past_participle` with ids bound at the edge. A processor drops fields that could carry a person's
words, name or address, whatever a caller passes.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

_PERSONAL = frozenset(
    {"name", "first_name", "last_name", "email", "phone", "address", "body", "subject", "text", "words", "quote", "to"}
)
_LOOKS_PERSONAL = re.compile(r"[^\s@]+@[^\s@]+\.[a-z]{2,}|(?<![0-9a-f])\+?\d[\d ().-]{8,}\d(?![0-9a-f])", re.IGNORECASE)

log: structlog.stdlib.BoundLogger = structlog.get_logger("tend")


def drop_personal(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace values that are, or look like, personal data."""
    for key, value in event.items():
        if key in _PERSONAL:
            event[key] = "[dropped]"
        elif (isinstance(value, str) and key not in {"timestamp", "exception"} and _LOOKS_PERSONAL.search(value)) or (
            key == "exception" and isinstance(value, str)
        ):
            event[key] = _LOOKS_PERSONAL.sub("[dropped]", value)
    return event


def set_up(style: Literal["auto", "json", "pretty"], *, level: int = logging.INFO) -> None:
    """Configure logging for the process; `auto` is pretty on a terminal and JSON elsewhere."""
    pretty = style == "pretty" or (style == "auto" and sys.stderr.isatty())
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if pretty
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            drop_personal,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
