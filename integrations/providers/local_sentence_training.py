"""Makes the weights over sentence vectors from the seeds: the same seeds give the same weights, to the last rounding.

Needs scikit-learn, a development dependency, and the extra `local`. Weights are rounded to signed bytes, a scale for
each intent, so that the file stays small.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from integrations.providers.local_meaning import LONGEST
from integrations.providers.local_seeds import HURRIES, fingerprint, hurries, seeds
from integrations.providers.local_words import tidy
from integrations.providers.sentence_vectors import sentences

_LOOSENESS = 3.0
"""The inverse of the penalty on weights, as scikit-learn counts it."""

_LOUDEST = 127
_TELLING = 3
"""Words below which an answer says nothing without our question, which the model does not see."""


def trained() -> dict[str, Any]:
    """Both heads as `local_sentences.Head` takes them, by the question they answer. Raises `LookupError`."""
    intents = [(line.text, line.intent.value) for line in seeds()]
    hasty = [(line.text, line.urgency.value) for line in hurries() if len(line.text.split()) >= _TELLING]
    return {
        "intent": {**fitted(intents), "seeds": fingerprint()},
        "urgency": {**fitted(hasty), "seeds": fingerprint(HURRIES)},
    }


def fitted(lines: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """One head from texts and their answers. Raises `LookupError` without the extra."""
    model = sentences()
    if model is None:
        raise LookupError("the sentence model is not installed: run `python3 run.py test` once without --slim")
    vectors = np.stack([model.vector(tidy(text[:LONGEST])) for text, _ in lines])
    found = LogisticRegression(C=_LOOSENESS, max_iter=1000, random_state=0)
    found.fit(vectors, [answer for _, answer in lines])
    scale = np.abs(found.coef_).max(axis=1) / _LOUDEST
    steps = np.rint(found.coef_ / scale[:, None]).astype(np.int8)
    return {
        "answers": found.classes_.tolist(),
        "bias": [round(float(each), 3) for each in found.intercept_],
        "scale": [round(float(each), 6) for each in scale],
        "weights": base64.b64encode(steps.tobytes()).decode(),
    }


def as_file(model: dict[str, Any]) -> str:
    """The text of the weights file, a name a line."""
    return json.dumps(model, indent=0) + "\n"
