"""A second opinion for the local reader: what the sentence as a whole is near to, where the extra `local` is installed.

Promises a probability for every intent from one logistic regression over the sentence's vector. The weights in
`local_sentences.json` are written by `tend train reader` from the same seeds as the first opinion's and never by hand:
per intent 384 signed bytes, to be multiplied by its `scale`.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from integrations.language_model import Intent
from integrations.providers.sentence_vectors import SIZE, sentences

FILE = "local_sentences.json"
"""Where the weights lie, beside this module."""


class Head:
    """Weights over sentence vectors, ready."""

    def __init__(self, kept: Mapping[str, Any]) -> None:
        import numpy as np

        rows = np.frombuffer(base64.b64decode(kept["weights"]), dtype=np.int8).reshape(-1, SIZE)
        self._intents = tuple(map(Intent, kept["intents"]))
        self._bias = np.array(kept["bias"])
        self._weights = rows * np.array(kept["scale"])[:, None]
        self.seeds: str = kept["seeds"]

    def probabilities(self, vector: Any) -> dict[Intent, float]:
        """How likely each intent is; they add up to one."""
        loud = (self._bias + self._weights @ vector).tolist()
        most = max(loud)
        powers = [math.exp(each - most) for each in loud]
        whole = sum(powers)
        return {intent: each / whole for intent, each in zip(self._intents, powers, strict=True)}


def opinion(text: str) -> dict[Intent, float] | None:
    """What a tidy text is likely to mean; None without the extra."""
    model = sentences()
    return None if model is None else head().probabilities(model.vector(text))


@cache
def head() -> Head:
    """The weights that ship, read once."""
    return Head(json.loads(files("integrations.providers").joinpath(FILE).read_text("utf-8")))
