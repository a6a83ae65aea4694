"""How well labels were found: per label, on the whole, what was taken for what, and each miss.

Counts only; what a label is and who answered is the caller's. A label's F1 is the harmonic mean of its precision and
its recall, and the macro-F1 the plain mean over the labels of the file, so that rare ones weigh as much as common ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any


@dataclass(frozen=True, slots=True)
class Judged:
    """One line: its label, the answer it got, how sure that was (0..1), and how long it took."""

    id: str
    text: str
    label: str
    answer: str
    confidence: float
    milliseconds: float


def report(judged: Sequence[Judged]) -> dict[str, Any]:
    """Everything there is to say of the answers, ready for JSON. Raises ValueError for none."""
    if not judged:
        raise ValueError("there is nothing to count")
    labels = {label: _figures(label, judged) for label in sorted({each.label for each in judged})}
    confusion = {label: Counter(each.answer for each in judged if each.label == label) for label in labels}
    spent = [each.milliseconds for each in judged]
    return {
        "sentences": len(judged),
        "accuracy": sum(each.label == each.answer for each in judged) / len(judged),
        "macro_f1": sum(figures["f1"] for figures in labels.values()) / len(labels),
        "labels": labels,
        "confusion": {label: dict(answers.most_common()) for label, answers in confusion.items()},
        "misses": [
            {"id": each.id, "label": each.label, "answer": each.answer, "confidence": round(each.confidence, 2),
             "text": each.text}
            for each in judged
            if each.label != each.answer
        ],
        "latency_ms": {"p50": median(spent), "p95": quantiles(spent, n=20)[-1] if len(spent) > 1 else spent[0]},
    }  # fmt: skip


def table(found: dict[str, Any]) -> str:
    """The same for a person to read."""
    latency = found["latency_ms"]
    head = (
        f"{found['sentences']} sentences: macro-F1 {found['macro_f1']:.3f}, accuracy {found['accuracy']:.3f}, "
        f"p50 {latency['p50']:.2f} ms, p95 {latency['p95']:.2f} ms"
    )
    lines = [
        head,
        *(
            f"  {label:18} precision {figures['precision']:.3f}  recall {figures['recall']:.3f}  "
            f"F1 {figures['f1']:.3f}  n {figures['sentences']:4}  taken for: {_others(label, found)}"
            for label, figures in found["labels"].items()
        ),
        *(
            f"  miss {miss['id']}: {miss['label']} taken for {miss['answer']} ({miss['confidence']}): {miss['text']}"
            for miss in found["misses"]
        ),
    ]
    return "\n".join(lines)


def _figures(label: str, judged: Sequence[Judged]) -> dict[str, float]:
    wanted = sum(each.label == label for each in judged)
    answered = sum(each.answer == label for each in judged)
    right = sum(each.label == each.answer == label for each in judged)
    return {
        "precision": right / answered if answered else 0.0,
        "recall": right / wanted,
        "f1": 2 * right / (wanted + answered),
        "sentences": wanted,
    }


def _others(label: str, found: dict[str, Any]) -> str:
    taken = [f"{answer} {count}" for answer, count in found["confusion"][label].items() if answer != label]
    return ", ".join(taken) or "-"
