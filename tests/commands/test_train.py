"""`tend train reader`: the seeds give the weights that ship, wherever they are written."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from agent.__main__ import main
from integrations.providers.local_seeds import fingerprint


def test_the_weights_are_written_where_one_asks_with_the_hash_of_their_seeds(tmp_path: Path) -> None:
    file = tmp_path / "weights.json"

    done = CliRunner().invoke(main, ["train", "reader", "--to", str(file)])

    assert done.exit_code == 0, done.output
    assert json.loads(file.read_text())["seeds"] == fingerprint()
