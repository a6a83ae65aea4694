"""Texts that a phone or an office answers by itself: no reply, and no opt-out.

Promises that a real wish to stop is never taken for a machine's: where a sure phrase stands beside the usual wording,
the text counts as a person's. Mail is judged by its headers instead (`channels.auto_replies`, RFC 3834).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from agent.rules.optout import Signal, plain_words, signal


def is_automatic(text: str) -> bool:
    """Tell whether a machine wrote a text, by its usual wording; what it tells people to send does not count."""
    marks = _marks()
    words = plain_words(text[:1000])
    bare = _less_instructions(text)
    tidy = re.sub(r"[ .]*$", "", re.sub(r"^[ .]*", "", bare))
    found = marks.begins.match(tidy) or marks.says.search(words) or marks.whole.fullmatch(tidy)
    return found is not None and signal(bare) is not Signal.STOP


def asks_to_stop(text: str) -> bool:
    """Tell whether a machine's words are a sure wish to stop, what they tell people to send left out."""
    return signal(_less_instructions(text)) is Signal.STOP


def _less_instructions(text: str) -> str:
    return _marks().instructions.sub(" ", plain_words(text[:1000]))


@dataclass(frozen=True, slots=True)
class _Marks:
    begins: re.Pattern[str]
    says: re.Pattern[str]
    whole: re.Pattern[str]
    instructions: re.Pattern[str]


@cache
def _marks() -> _Marks:
    table = tomllib.loads(files("agent.rules").joinpath("data", "optout.toml").read_text("utf-8"))["automatic"]
    return _Marks(**{name: re.compile("|".join(f"(?:{text})" for text in texts)) for name, texts in table.items()})
