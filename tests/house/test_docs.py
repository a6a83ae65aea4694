"""What the documents say is so: settings, commands, options, links, files, modules and the words of the glossary."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from agent import team as team_file
from agent.__main__ import main
from agent.settings import NAMES
from tests.house.tree import ROOT, files, texts

READ_FIRST = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/glossary.md", ".env.example")
DOCUMENTS = [path for path in files() if path.suffix == ".md" and path.parts[0] not in {"prompts", "tests"}]
WORDS = (
    "lead", "assignee", "user", "team", "sequence", "step", "enrollment", "touch", "to-do", "message", "channel",
    "reply", "delivery receipt", "consent", "opt-out", "suppression", "quiet hours", "hold", "skip", "cancel",
    "reading", "score", "temperature", "alert", "aged lead", "reactivation", "webhook event", "tick", "draft",
    "conversation", "campaign", "source",
)  # fmt: skip
"""One word per thing: what a table, a class, a page and a log line call it."""

IN_TESTS_ONLY = {"TEND_CHROMIUM", "TEND_LOCAL_LLM", "TEND_LONG_STORIES", "TEND_PRISM", "TEND_TWILIO_SPEC"}
SETTING_LINE = re.compile(r"^#? ?([A-Z][A-Z0-9_]+)=", re.MULTILINE)
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
CALL = re.compile(r"(?:(?<![\w./-])tend|run\.py)( +[a-zX][\w-]*(?: +[\w./<>\[\]{}|=:-]+)*)")
FOLDERS = "agent|bench|channels|docs|integrations|prompts|tests"


@pytest.mark.parametrize("name", READ_FIRST)
def test_what_a_newcomer_reads_first_is_there(name: str) -> None:
    assert (ROOT / name).is_file()


def test_every_setting_is_explained_in_the_example_and_nothing_else_is() -> None:
    explained = SETTING_LINE.findall((ROOT / ".env.example").read_text())

    assert sorted(explained) == sorted(NAMES)


def test_every_setting_named_anywhere_exists() -> None:
    named = {(str(path), name) for path, text in texts() for name in re.findall(r"\bTEND_[A-Z][A-Z_]*[A-Z]\b", text)}

    assert len(named) > 10
    assert sorted(where for where in named if where[1] not in {*NAMES, *IN_TESTS_ONLY}) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_local_link_leads_somewhere(document: Path) -> None:
    text = (ROOT / document).read_text()
    targets = [
        target.split("#", maxsplit=1)[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target
    ]

    assert [target for target in targets if target and not (ROOT / document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_file_and_module_a_document_names_exists(document: Path) -> None:
    spans = [span.strip("`") for span in CODE.findall((ROOT / document).read_text()) if not span.startswith("```")]
    paths = [span for span in spans if re.fullmatch(rf"(?:{FOLDERS})/[\w./-]*", span)]
    names = [span for span in spans if re.fullmatch(r"(?:agent|channels|integrations)(?:\.\w+)+", span)]

    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [name for name in names if not _is_defined(name)] == []


def test_the_team_file_that_the_handbook_shows_is_read_as_it_stands() -> None:
    (shown,) = re.findall(r"```toml\n(\[team\]\n.*?)```", (ROOT / "docs" / "operating.md").read_text(), re.DOTALL)

    team = team_file.from_dict(tomllib.loads(shown), where="docs/operating.md")
    assert [rule.name for rule in team.routing.rules] == ["Spanish speakers", "Downtown"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_command_and_option_a_document_shows_exists(document: Path) -> None:
    assert [call for call in _calls((ROOT / document).read_text()) if not _is_understood(call)] == []


@pytest.mark.parametrize("name", main.list_commands(click.Context(main)))
def test_every_command_listed_can_be_asked_for_help(name: str) -> None:
    command = main.get_command(click.Context(main), name)

    assert command is not None
    assert command.get_help(click.Context(command, info_name=name)).startswith("Usage:")


@pytest.mark.parametrize("word", WORDS)
def test_the_glossary_has_an_entry_for(word: str) -> None:
    assert re.search(rf"^\W*{word}\b", (ROOT / "docs" / "glossary.md").read_text(), re.IGNORECASE | re.MULTILINE)


def _is_defined(name: str) -> bool:
    parts = name.split(".")
    for depth in range(len(parts), 0, -1):
        stem = ROOT.joinpath(*parts[:depth])
        module = stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")
        if module.is_file():
            rest = parts[depth:]
            return not rest or re.search(rf"\b{rest[0]}\b", module.read_text()) is not None
    return False


def _calls(text: str) -> Iterator[tuple[str, ...]]:
    for span in CODE.findall(text):
        for call in CALL.findall(span):
            yield tuple(call.split())


def _is_understood(call: tuple[str, ...]) -> bool:
    name, *rest = call
    if name in {"test", "X"}:  # run.py's own; any command
        return True
    command = main.get_command(click.Context(main), name)
    if command is None:
        return False
    if isinstance(command, click.Group) and rest:
        command = command.get_command(click.Context(command), rest[0]) or command
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    asked = {word.strip("[]").split("=", maxsplit=1)[0] for word in rest if word.strip("[]").startswith("--")}
    return asked <= known | {"--help"}
