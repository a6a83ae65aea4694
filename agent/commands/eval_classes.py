"""How well labels were found: per label, on the whole, what was taken for what, and each miss.

Counts only; what a label is, who answered, and in what time, is the caller's. A label's F1 is the harmonic mean of its
precision and its recall, and the macro-F1 the plain mean over the labels of the file, so that rare ones weigh as much
as common ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_SOURCES = 12
"""More sources than this are ids rather than sources."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One line: its label, the answer it got, and how sure that was (0..1)."""

    id: str
    text: str
    label: str
    answer: str
    confidence: float
    source: str = ""


def report(judged: Sequence[Judged]) -> dict[str, Any]:
    """Everything there is to say of the answers, ready for JSON. Raises ValueError for none."""
    if not judged:
        raise ValueError("there is nothing to count")
    labels = {label: _figures(label, judged) for label in sorted({each.label for each in judged})}
    confusion = {label: Counter(each.answer for each in judged if each.label == label) for label in labels}
    return {
        **_whole(judged),
        "labels": labels,
        "confusion": {label: dict(answers.most_common()) for label, answers in confusion.items()},
        "misses": [
            {"id": each.id, "label": each.label, "answer": each.answer, "confidence": round(each.confidence, 2),
             "text": each.text}
            for each in judged
            if each.label != each.answer
        ],
        "sources": _by_source(judged),
    }  # fmt: skip


def table(found: dict[str, Any], *, tail: str, most: int | None) -> str:
    """The same for a person to read; `tail` ends the first line, and of the misses `most` are listed (None: all)."""
    return "\n".join(
        [
            f"{found['sentences']} lines: macro-F1 {found['macro_f1']:.3f}, accuracy {found['accuracy']:.3f}, {tail}",
            *(
                f"  {label:18} precision {figures['precision']:.3f}  recall {figures['recall']:.3f}  "
                f"F1 {figures['f1']:.3f}  n {figures['sentences']:4}  taken for: {_others(label, found)}"
                for label, figures in found["labels"].items()
            ),
            *(
                f"  of {source}: n {figures['sentences']}, macro-F1 {figures['macro_f1']:.3f}, "
                f"accuracy {figures['accuracy']:.3f}"
                for source, figures in found["sources"].items()
            ),
            *listed([_miss(miss) for miss in found["misses"]], most),
        ]
    )


def listed(lines: Sequence[str], most: int | None) -> list[str]:
    """As many lines as are wanted, and how many more there are."""
    kept = list(lines if most is None else lines[:most])
    return kept if len(kept) == len(lines) else [*kept, f"  and {len(lines) - len(kept)} more: --all-misses"]


def _miss(miss: dict[str, Any]) -> str:
    return f"  miss {miss['id']}: {miss['label']} taken for {miss['answer']} ({miss['confidence']}): {miss['text']}"


def _by_source(judged: Sequence[Judged]) -> dict[str, Any]:
    """Macro-F1 and accuracy of each source, where the file names more than one."""
    sources = sorted({each.source for each in judged})
    if not 1 < len(sources) <= _SOURCES:
        return {}
    return {source: _whole([each for each in judged if each.source == source]) for source in sources}


def _whole(judged: Sequence[Judged]) -> dict[str, float]:
    labels = {each.label for each in judged}
    return {
        "sentences": len(judged),
        "accuracy": sum(each.label == each.answer for each in judged) / len(judged),
        "macro_f1": sum(_figures(label, judged)["f1"] for label in labels) / len(labels),
    }


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
