"""The local model: one weight per feature and intent, kept in a small file, read with the standard library.

Promises a probability for every intent from the features of `local_features`, in about a third of a millisecond and
without a library. The weights in `local_model.json` are written by `tend train reader` and never by hand: `features`
maps a feature to pairs of characters, an intent's letter and its weight in `step`s. Reading the file takes a few
milliseconds, which wait for the first text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from integrations.language_model import Intent

FILE = "local_model.json"
"""Where the weights lie, beside this module."""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
"""A weight is one of these, from -32 to 31 steps, and an intent the one at its place in `intents`."""

_ZERO = 32


@dataclass(frozen=True, slots=True)
class Weights:
    """A model as it is used: per feature, the intents it speaks for or against and how loudly."""

    intents: tuple[Intent, ...]
    bias: tuple[float, ...]
    features: Mapping[str, tuple[tuple[int, float], ...]]
    seeds: str

    def probabilities(self, features: Iterable[str]) -> dict[Intent, float]:
        """How likely each intent is; they add up to one. Each intent is judged alone, then held against the others."""
        names = list(features)
        sums = [0.0] * len(self.intents)
        for name in names:
            for intent, weight in self.features.get(name, ()):
                sums[intent] += weight
        scale = 1 / math.sqrt(len(names)) if names else 0.0
        alone = [1 / (1 + math.exp(-(bias + scale * total))) for bias, total in zip(self.bias, sums, strict=True)]
        whole = sum(alone)
        return {intent: each / whole for intent, each in zip(self.intents, alone, strict=True)}


def unpacked(kept: Mapping[str, Any]) -> Weights:
    """Make weights of what the file holds."""
    step = kept["step"]
    value = {character: (at - _ZERO) * step for at, character in enumerate(DIGITS)}
    place = {character: at for at, character in enumerate(DIGITS)}
    return Weights(
        intents=tuple(map(Intent, kept["intents"])),
        bias=tuple(kept["bias"]),
        features={
            name: tuple((place[pairs[at]], value[pairs[at + 1]]) for at in range(0, len(pairs), 2))
            for name, pairs in kept["features"].items()
        },
        seeds=kept["seeds"],
    )


def packed(intent: int, steps: int) -> str:
    """Write one weight as the file holds it; what is too loud is as loud as can be written."""
    return DIGITS[intent] + DIGITS[min(max(steps, -_ZERO), _ZERO - 1) + _ZERO]


@cache
def weights() -> Weights:
    """The weights that ship, read once."""
    return unpacked(json.loads(files("integrations.providers").joinpath(FILE).read_text("utf-8")))
