"""The lines the local model is trained on: one file per intent in `integrations/seeds`, written for Tend.

A line is a message; `[our last message] the message` gives what it answers. `not_opt_out.txt` holds lines with the
words of an opt-out that are none, each after its intent. Lines that begin with "# " are comments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from integrations.language_model import Intent, Urgency

HARD = "not_opt_out"
"""The file of hard negatives; the others are named for their intent."""

HURRIES = "urgency"
"""The folder of lines that say how soon, one file per urgency."""


@dataclass(frozen=True, slots=True)
class Seed:
    """One line: what it means, what the person wrote, and our message before it ("" for none)."""

    file: str
    intent: Intent
    text: str
    asked: str


@dataclass(frozen=True, slots=True)
class Hurry:
    """One line that says how soon, or that says nothing of it."""

    urgency: Urgency
    text: str
    asked: str


def seeds() -> tuple[Seed, ...]:
    """Every line of every file, in the order of names. Raises ValueError for an intent that is none."""
    return tuple(seed for file in _files() for seed in _in(file))


def hurries() -> tuple[Hurry, ...]:
    """Every line that says how soon somebody means to act. Raises ValueError for an urgency that is none."""
    return tuple(
        Hurry(Urgency(file.name.removesuffix(".txt")), text, asked)
        for file in _files(HURRIES)
        for asked, text in map(_parted, _lines(file))
    )


def fingerprint(*folder: str) -> str:
    """The hash of a folder's seed files: weights carry it, so that they can be held against what they were made of."""
    digest = hashlib.sha256()
    for file in _files(*folder):
        digest.update(f"{file.name}\n{file.read_text('utf-8')}\n".encode())
    return digest.hexdigest()


def _files(*folder: str) -> list[Traversable]:
    within = files("integrations").joinpath("seeds", *folder)
    return sorted((file for file in within.iterdir() if file.name.endswith(".txt")), key=lambda file: file.name)


def _in(file: Traversable) -> Iterator[Seed]:
    name = file.name.removesuffix(".txt")
    for line in _lines(file):
        intent, _, said = line.partition(": ") if name == HARD else (name, "", line)
        asked, text = _parted(said)
        yield Seed(name, Intent(intent), text, asked)


def _lines(file: Traversable) -> Iterator[str]:
    return (line for line in file.read_text("utf-8").splitlines() if line.strip() and not line.startswith("# "))


def _parted(said: str) -> tuple[str, str]:
    """Our last message, if the line names one, and theirs."""
    asked, answered, text = said.removeprefix("[").partition("] ") if said.startswith("[") else ("", "", said)
    return (asked, text) if answered else ("", said)
