"""A second opinion for the local reader: what the sentence as a whole is near to, where the extra `local` is installed.

Promises a probability for every intent, and for how soon somebody means to act, from one logistic regression each over
the sentence's vector. The weights in `local_sentences.json` are written by `tend train reader` and never by hand: per
answer 384 signed bytes, to be multiplied by its `scale`.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from integrations.language_model import Intent, Urgency
from integrations.providers.sentence_vectors import SIZE, Sentences, sentences

FILE = "local_sentences.json"
"""Where the weights lie, beside this module."""


class Head:
    """Weights over sentence vectors for one question, ready."""

    def __init__(self, kept: Mapping[str, Any]) -> None:
        import numpy as np

        rows = np.frombuffer(base64.b64decode(kept["weights"]), dtype=np.int8).reshape(-1, SIZE)
        self._answers: tuple[str, ...] = tuple(kept["answers"])
        self._bias = np.array(kept["bias"])
        self._weights = rows * np.array(kept["scale"])[:, None]

    def probabilities(self, vector: Any) -> dict[str, float]:
        """How likely each answer is; they add up to one."""
        loud = (self._bias + self._weights @ vector).tolist()
        most = max(loud)
        powers = [math.exp(each - most) for each in loud]
        whole = sum(powers)
        return {answer: each / whole for answer, each in zip(self._answers, powers, strict=True)}


class Opinion:
    """What the sentence model makes of one text. Its vector is made once, when it is first asked for."""

    def __init__(self, model: Sentences, text: str) -> None:
        self._model = model
        self._text = text

    def on(self, text: str) -> Opinion:
        """What the same model makes of another text; this one where it is the same."""
        return self if text == self._text else Opinion(self._model, text)

    def intents(self) -> dict[Intent, float]:
        """How likely each intent is."""
        return {Intent(each): likely for each, likely in head("intent").probabilities(self._vector).items()}

    def haste(self) -> dict[Urgency, float]:
        """How likely each urgency is."""
        return {Urgency(each): likely for each, likely in head("urgency").probabilities(self._vector).items()}

    @cached_property
    def _vector(self) -> Any:
        return self._model.vector(self._text)


def opinion(text: str) -> Opinion | None:
    """An opinion on a tidy text; None without the extra."""
    model = sentences()
    return None if model is None else Opinion(model, text)


@cache
def head(question: str) -> Head:
    """The weights that ship for `intent` or `urgency`, read once."""
    return Head(json.loads(files("integrations.providers").joinpath(FILE).read_text("utf-8"))[question])
