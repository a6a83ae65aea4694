"""Makes the weights of the local model from the seeds: the same seeds give the same weights.

Needs scikit-learn, a development dependency: Tend itself only reads what this writes. One logistic regression per
intent against all others; then the quiet weights are dropped and the rest rounded, so that the file stays small.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from integrations.providers.local_meaning import features_of
from integrations.providers.local_model import packed
from integrations.providers.local_seeds import HARD, Seed, fingerprint, seeds

_SEEN = 3
"""A feature of fewer lines says more about their writer than about their meaning."""

_HARD = 1.5
"""How often a hard negative counts: to take a request for a refusal costs a lead."""

_LOOSENESS = 20.0
"""The inverse of the penalty on weights, as scikit-learn counts it."""

_STEP = 0.25
_QUIET = 4
"""Steps below which a weight is dropped."""


def trained(lines: Sequence[Seed] | None = None) -> dict[str, Any]:
    """The weights as `local_model.unpacked` takes them, from the seeds that ship or from others."""
    lines = seeds() if lines is None else lines
    said = [features_of(line.text, line.asked) for line in lines]
    common = Counter(name for names in said for name in names)
    names = sorted(name for name, count in common.items() if count >= _SEEN)
    rows = _matrix(said, {name: column for column, name in enumerate(names)})
    loudness = [_HARD if line.file == HARD else 1.0 for line in lines]
    intents = sorted({line.intent for line in lines})
    written: dict[str, str] = {}
    bias = []
    for place, intent in enumerate(intents):
        model = LogisticRegression(C=_LOOSENESS, solver="liblinear", tol=1e-3, random_state=0)
        model.fit(rows, [line.intent is intent for line in lines], sample_weight=loudness)
        bias.append(round(float(model.intercept_[0]), 3))
        for name, weight in zip(names, model.coef_[0], strict=True):
            steps = round(float(weight) / _STEP)
            if abs(steps) >= _QUIET:
                written[name] = written.get(name, "") + packed(place, steps)
    return {"intents": intents, "bias": bias, "step": _STEP, "seeds": fingerprint(), "features": written}


def as_file(model: dict[str, Any]) -> str:
    """The text of the weights file, one feature a line."""
    head = {name: value for name, value in model.items() if name != "features"}
    rows = ",\n".join(
        f"{json.dumps(name, ensure_ascii=False)}:{json.dumps(pairs)}"
        for name, pairs in sorted(model["features"].items())
    )
    return f'{json.dumps(head)[:-1]}, "features": {{\n{rows}\n}}}}\n'


def _matrix(said: Sequence[frozenset[str]], columns: Mapping[str, int]) -> csr_matrix:
    """One row a line, of length one over all its features, known or not: strange words make the rest quieter."""
    places = [(row, columns[name]) for row, names in enumerate(said) for name in sorted(names) if name in columns]
    values = [1 / math.sqrt(len(said[row])) for row, _ in places]
    return csr_matrix((values, tuple(zip(*places, strict=True))), shape=(len(said), len(columns)))
