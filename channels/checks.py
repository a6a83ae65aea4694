"""Looking at a vendor without sending anything: what one look found, and how several looks become lines for a person.

A look is an async iterator of lines. It says what it knows as soon as it knows it, so that a time limit loses only the
rest. What cannot be looked at is `CannotLook`; `told` makes a line of that, and the looks after it still happen.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "off", "broken"]
AGAIN = "look again in a few minutes"


@dataclass(frozen=True, slots=True)
class Checked:
    """One line: what was looked at, how it is, what was found, and what to do next (may be empty)."""

    name: str
    state: State
    found: str
    next: str = ""


Look = AsyncGenerator[Checked, None]


class CannotLook(Exception):
    """The look came to nothing; `off` where that is no fault in itself, such as a key that may only send."""

    def __init__(self, found: str, next_step: str, *, state: State = "broken") -> None:
        super().__init__(found)
        self.found = found
        self.next = next_step
        self.state = state


async def told(name: str, look: Look) -> Look:
    """Yield the lines of a look; where it came to nothing, a last line of this name that says why."""
    try:
        async for line in look:
            yield line
    except CannotLook as error:
        yield Checked(name, error.state, error.found, error.next)
