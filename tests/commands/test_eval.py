"""`tend eval` on labelled sentences: what it counts, and what it says of a file it cannot read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.__main__ import main
from agent.rules.optout import Signal, signal

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

    assert (report["sentences"], report["opt_outs"]) == (7, 4)
    assert figures(report["suppress"]) == {
        "recall": 2 / 4, "precision": 2 / 4, "found": 2, "missed": 2, "false_alarms": 2
    }  # fmt: skip
    assert figures(report["pause"]) == {
        "recall": 3 / 4, "precision": 3 / 4, "found": 3, "missed": 1, "false_alarms": 1
    }  # fmt: skip
    assert [miss["id"] for miss in report["pause"]["misses"]] == ["4"]
    assert report["keywords"] == {"sentences": 2, "suppressed": 2}


def figures(tier: dict[str, object]) -> dict[str, object]:
    return {name: figure for name, figure in tier.items() if name not in {"misses", "alarms"}}


def test_a_wrong_person_that_must_stop_is_found_by_suppress_and_no_false_alarm(tmp_path: Path) -> None:
    file = tmp_path / "wrong.jsonl"
    row = {"id": "1", "text": "wrong number", "optout": False, "must_stop": True, "label": "wrong_person"}
    file.write_text(json.dumps(row))

    report = json.loads(run(file, "--json").output)

    assert (report["suppress"]["recall"], report["suppress"]["precision"]) == (1, 1)
    assert report["pause"]["false_alarms"] == 0


def test_what_was_collected_to_look_like_an_opt_out_is_no_ordinary_message(tmp_path: Path) -> None:
    file = tmp_path / "others.jsonl"
    rows = [
        {"id": "1", "text": "stop texting me at work", "optout": False, "label": "other", "source": "hardneg:x"},
        {"id": "2", "text": "what about Sunday?", "optout": False, "label": "other", "source": "random:x"},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))

    report = json.loads(run(file, "--json").output)

    assert (report["ordinary"]["sentences"], report["ordinary"]["paused_share"]) == (1, 0)
    assert report["pause"]["false_alarms"] == 1


def test_an_opt_out_the_rules_do_not_know_is_paused_by_the_reader(tmp_path: Path) -> None:
    file = tmp_path / "raised.jsonl"
    text = "she doesn't live with us"
    file.write_text(json.dumps({"id": "1", "text": text, "optout": True}))

    report = json.loads(run(file, "--json").output)

    assert signal(text) is Signal.NONE
    assert (report["pause"]["recall"], report["suppress"]["recall"]) == (1, 0)


def test_every_answer_is_written_where_one_asks_for_it(tmp_path: Path) -> None:
    wanted = tmp_path / "answers.jsonl"
    assert run(lines(tmp_path), "--predictions", str(wanted)).exit_code == 0

    said = [json.loads(line) for line in wanted.read_text().splitlines()]
    assert [line["id"] for line in said if line["opt_out"]] == ["1", "2", "5", "6"]
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


def test_sources_are_told_apart_where_the_file_names_them(tmp_path: Path) -> None:
    rows = (row(1, "this is terrible", "negative", source="a"), row(2, "ok", "positive", source="b"))

    sources = json.loads(read(tmp_path, *rows, name="sentiment").output)["sources"]

    assert (sources["a"]["accuracy"], sources["b"]["accuracy"]) == (1, 0)


def test_only_the_first_misses_are_listed_until_one_asks_for_all(tmp_path: Path) -> None:
    rows = [row(number, "thank you so much", "affirm") for number in range(30)]

    assert read(tmp_path, *rows, options=()).output.count("  miss ") == 20
    assert "and 10 more: --all-misses" in read(tmp_path, *rows, options=()).output
    assert read(tmp_path, *rows, options=("--all-misses",)).output.count("  miss ") == 30


# ---- hot leads


def said(text: str, *, hot: bool, urgency: str = "unknown", asked: str = "", **facts: str) -> dict[str, object]:
    before = [{"from": "us", "text": asked}] if asked else []
    messages = [*before, {"from": "lead", "text": text}]
    return {"id": text[:12], "facts": facts, "messages": messages, "hot": hot, "urgency": urgency}


def hot(folder: Path, *rows: dict[str, object], options: tuple[str, ...] = ("--json",)) -> Result:
    file = folder / "hot.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    return CliRunner().invoke(main, ["eval", "hot", "--data", str(file), *options])


def test_who_is_called_out_is_counted_by_the_last_message(tmp_path: Path) -> None:
    changed = said("actually never mind, we bought another one", hot=False, asked="See you at 4!")
    changed["messages"] = [{"from": "lead", "text": "can we see it today?"}, *changed["messages"]]  # type: ignore[misc]
    found = json.loads(
        hot(
            tmp_path,
            said("can we see it tomorrow at 5?", hot=True, urgency="high"),
            said("the blue one", hot=True),
            said("call me please", hot=False),
            changed,
        ).output
    )

    assert (found["hot"], found["recall"], found["alerts"], found["false_share"]) == (2, 0.5, 2, 0.5)
    assert [each["text"] for each in found["missed"]] == ["lead: the blue one"]
    assert [each["id"] for each in found["called_out_for_nothing"]] == ["call me plea"]
    assert found["urgency"]["labels"]["high"]["recall"] == 1


def test_an_opt_out_and_a_machines_answer_call_nobody_out(tmp_path: Path) -> None:
    found = json.loads(
        hot(
            tmp_path,
            said("STOP", hot=False),
            said("I am out of the office until Monday. For urgent matters please call my assistant.", hot=False),
        ).output
    )

    assert (found["alerts"], found["recall"], found["false_share"]) == (0, None, None)


def test_a_yes_is_worth_a_call_only_where_we_proposed_something(tmp_path: Path) -> None:
    found = json.loads(
        hot(
            tmp_path,
            said("sure", hot=True, asked="Would you like to come by on Friday?"),
            said("sure", hot=False, asked="Shall I keep sending you new ones?"),
        ).output
    )

    assert (found["recall"], found["false_alerts"]) == (1, 0)


def test_a_conversation_in_which_the_lead_says_nothing_is_refused_by_name(tmp_path: Path) -> None:
    silent = said("x", hot=False) | {"messages": [{"from": "us", "text": "Hello?"}]}

    assert "the lead says nothing" in hot(tmp_path, silent).output
    assert "no such urgency: soon" in hot(tmp_path, said("hi", hot=False, urgency="soon")).output


# ---- who reads


@pytest.mark.parametrize("reader", ["model", "cascade"])
@pytest.mark.parametrize("name", ["reading", "sentiment", "optout", "hot"])
def test_without_a_key_there_is_no_model_to_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reader: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    row = said("hi", hot=False) | {"text": "hi", "label": "greet" if name == "reading" else "neutral", "optout": False}
    (tmp_path / "one.jsonl").write_text(json.dumps(row))

    done = CliRunner().invoke(main, ["eval", name, "--data", "one.jsonl", "--reader", reader])

    assert done.exit_code == 1
    assert "OPENAI_API_KEY is not set" in done.output


def test_a_model_that_cannot_be_reached_is_counted_as_fallen_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("TEND_LLM_BELOW", "0.5")
    told = (row(1, "call me please", "wants_call"), row(2, "zxqv blorp", "unclear"))

    always = json.loads(read(tmp_path, *told, options=("--json", "--reader", "model")).output)
    in_doubt = json.loads(read(tmp_path, *told, options=("--json", "--reader", "cascade")).output)

    assert always["cost"] == {"calls": 0, "cents": 0, "fell_back": 2}
    assert in_doubt["cost"]["fell_back"] == 1


def test_a_cascade_that_always_asks_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")

    done = read(tmp_path, row(1, "hi", "greet"), options=("--reader", "cascade"))

    assert (done.exit_code, "TEND_LLM_BELOW" in done.output) == (1, True)


# ---- corrections


def test_there_is_nothing_to_export_before_anybody_corrected_a_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(main, ["eval", "export", "--out", "labels.jsonl"])

    assert done.exit_code != 0
    assert not (tmp_path / "labels.jsonl").exists()
