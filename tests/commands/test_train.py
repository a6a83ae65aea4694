"""`tend train reader`: the seeds give the weights that ship, wherever they are written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.__main__ import main
from integrations.providers import local_model, local_sentences
from integrations.providers.local_seeds import HURRIES, fingerprint, seeds
from integrations.providers.sentence_vectors import is_installed, sentences


@pytest.mark.timeout(300)  # the sentence model reads every seed
def test_the_weights_are_written_where_one_asks_with_the_hash_of_their_seeds(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["train", "reader", "--to", str(tmp_path)])

    written = json.loads((tmp_path / local_model.FILE).read_text())
    assert written["seeds"] == fingerprint()
    if not is_installed():
        assert done.exit_code == 1
        assert "without --slim" in done.output
        return
    assert done.exit_code == 0, done.output
    heads = json.loads((tmp_path / local_sentences.FILE).read_text())
    assert heads["intent"]["seeds"] == fingerprint()
    assert heads["urgency"]["seeds"] == fingerprint(HURRIES)
    again, model = local_sentences.Head(heads["intent"]), sentences()
    assert model is not None
    for line in seeds()[::100]:
        vector = model.vector(line.text)
        shipped = local_sentences.head("intent").probabilities(vector)
        assert again.probabilities(vector) == pytest.approx(shipped, abs=0.05)
