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


def read(folder: Path, *rows: dict[str, str], name: str = "reading", options: tuple[str, ...] = ("--json",)) -> Result:
    file = folder / "labelled.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    return CliRunner().invoke(main, ["eval", name, "--data", str(file), *options])


def row(number: int, text: str, label: str, **more: str) -> dict[str, str]:
    return {"id": str(number), "text": text, "label": label, **more}


READ = (
    row(1, "take me off your list", "opt_out"),
    row(2, "can we see it saturday?", "schedule_showing"),
    row(3, "yes", "schedule_showing", previous_outbound="Would you like to see it?"),
    row(4, "yes", "affirm"),
    row(5, "thanks, bye", "thanks_bye"),
    row(6, "thank you so much", "affirm"),
)


def test_intents_are_counted_per_label_with_every_miss_and_the_time_taken(tmp_path: Path) -> None:
    report = json.loads(read(tmp_path, *READ).output)

    assert report["labels"]["affirm"] == {"precision": 1.0, "recall": 0.5, "f1": 2 / 3, "sentences": 2}
    assert report["labels"]["thanks"] == {"precision": 0.5, "recall": 1.0, "f1": 2 / 3, "sentences": 1}
    assert report["macro_f1"] == (1 + 1 + 2 / 3 + 2 / 3) / 4
    assert report["confusion"]["affirm"] == {"affirm": 1, "thanks": 1}
    assert [(miss["id"], miss["label"], miss["answer"]) for miss in report["misses"]] == [("6", "affirm", "thanks")]
    assert 0 < report["latency_ms"]["p50"] <= report["latency_ms"]["p95"]


def test_an_intent_the_file_never_uses_counts_as_its_neighbour(tmp_path: Path) -> None:
    told = row(1, "how much is my house worth", "question")

    assert json.loads(read(tmp_path, told).output)["accuracy"] == 1
    both = json.loads(read(tmp_path, told, row(2, "what would my condo sell for", "valuation")).output)
    assert both["confusion"]["question"] == {"valuation": 1}


def test_a_label_that_is_no_intent_is_refused_by_name(tmp_path: Path) -> None:
    done = read(tmp_path, row(1, "hi", "hallo"))

    assert done.exit_code == 1
    assert "hallo" in done.output


def test_a_person_gets_the_misses_as_lines(tmp_path: Path) -> None:
    assert "miss 6: affirm taken for thanks" in read(tmp_path, *READ, options=()).output


def test_tone_is_counted_the_same_way(tmp_path: Path) -> None:
    rows = (row(1, "I love it, thank you", "positive"), row(2, "this is terrible", "negative"), row(3, "ok", "neutral"))

    assert json.loads(read(tmp_path, *rows, name="sentiment").output)["macro_f1"] == 1
