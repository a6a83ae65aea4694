"""`tend eval` on labelled sentences: what it counts, and what it says of a file it cannot read."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from agent.__main__ import main

LINES = [
    {"id": "1", "text": "STOP", "optout": True, "label": "opt_out"},
    {"id": "2", "text": "please stop texting me", "optout": True, "label": "opt_out"},
    {"id": "3", "text": "stop texting me at work", "optout": True, "label": "opt_out"},
    {"id": "4", "text": "no way, not this again", "optout": True, "label": "opt_out"},
    {"id": "5", "text": "take me off your list", "optout": False, "label": "other"},
    {"id": "6", "text": "wrong number", "optout": False, "label": "wrong_person"},
    {"id": "7", "text": "can we stop by on Sunday?", "optout": False, "label": "other", "source": "ours"},
]


def run(file: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["eval", "optout", "--data", str(file), *options])


def lines(folder: Path) -> Path:
    file = folder / "sentences.jsonl"
    file.write_text("\n".join(map(json.dumps, LINES)) + "\n\n")
    return file


def test_each_tier_is_counted_with_recall_and_precision(tmp_path: Path) -> None:
    report = json.loads(run(lines(tmp_path), "--json").output)

    assert (report["sentences"], report["opt_outs"], report["others"]) == (7, 4, 3)
    assert report["tiers"]["sure"] == {
        "recall": 0.5, "precision": 2 / 3, "found": 2, "missed": 2, "false_alarms": 1
    }  # fmt: skip
    assert report["tiers"]["doubt"] == {
        "recall": 0.75, "precision": 0.6, "found": 3, "missed": 1, "false_alarms": 2
    }  # fmt: skip
    assert report["answers_by_label"]["wrong_person"] == {"wrong_person": 1}


def test_every_answer_is_written_where_one_asks_for_it(tmp_path: Path) -> None:
    wanted = tmp_path / "answers.jsonl"
    assert run(lines(tmp_path), "--predictions", str(wanted)).exit_code == 0

    said = [json.loads(line) for line in wanted.read_text().splitlines()]
    assert [line["id"] for line in said if line["opt_out"]] == ["1", "2", "5"]
    assert [line["id"] for line in said if line["pause"]] == ["1", "2", "3", "5", "6"]


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"id": "1", "text": "STOP", "optout": true}\n{"id": "2", "text": "STOP"}\n')

    done = run(file)

    assert done.exit_code == 1
    assert "line 2" in done.output
    assert "optout" in done.output


def test_an_empty_file_is_refused_rather_than_reported_on(tmp_path: Path) -> None:
    file = tmp_path / "empty.jsonl"
    file.write_text("\n")

    assert run(file).exit_code == 1
