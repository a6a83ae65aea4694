"""Files of labelled messages, as `tend eval` reads them: JSON lines, one message each, and the options all share.

Fields nobody asks for are passed over, so that a file may say more than one measure needs. A line that cannot be read
stops the command and is named; an empty file is refused rather than reported on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

READERS = ("local", "small", "model", "cascade")
FIRST_MISSES = 20
"""How many misses a person sees who did not ask for all of them."""

_OPTIONS = (
    click.option(
        "--data", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="JSON lines."
    ),
    click.option(
        "--reader",
        type=click.Choice(READERS),
        default="local",
        show_default=True,
        help="Who reads: what is installed here, its part that always is, the settings' model, or that only in doubt.",
    ),
    click.option("--all-misses", is_flag=True, help="List every miss, not only the first."),
    click.option("--json", "as_json", is_flag=True, help="For a program; always lists every miss."),
)


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """One message that does or does not ask to be left alone (`optout`).

    `must_stop`: the address must be closed at once, for an opt-out as for a wrong person; left out, it is `optout`.
    `label` and `source` sort the counts.
    """

    id: str
    text: str
    optout: bool
    label: str = ""
    must_stop: bool | None = None
    source: str = ""


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """One message with the label a person gave it, and what we had written before."""

    id: str
    text: str
    label: str
    previous_outbound: str = ""
    source: str = ""


class Turn(msgspec.Struct, frozen=True, rename={"by": "from"}):
    """One message of a conversation, by `us` or by the `lead`."""

    by: str
    text: str


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """What was known and said, whether a person should have been called out after the last message, and how urgent."""

    id: str
    messages: Sequence[Turn]
    hot: bool
    urgency: str
    facts: Mapping[str, str] = {}


_Line = TypeVar("_Line", bound=msgspec.Struct)


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options every measure has."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_lines(data: Path, kind: type[_Line]) -> Sequence[_Line]:
    """Every line of the file. Raises click's own exception, naming the line that cannot be read."""
    read = msgspec.json.Decoder(kind)
    found: list[_Line] = []
    for number, line in enumerate(data.read_text("utf-8").splitlines(), start=1):
        try:
            found += [read.decode(line)] if line.strip() else []
        except msgspec.DecodeError as error:
            raise click.ClickException(f"{data}, line {number}: {error}") from None
    if not found:
        raise click.ClickException(f"{data} holds no lines")
    return found
