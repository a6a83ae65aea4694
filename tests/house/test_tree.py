"""What the tree may hold: no strangers' files, no addresses of one machine, no secrets, no giants, no mute modules."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import PACKAGES, ROOT, files, modules, texts

LONGEST = 300
REGISTRY = re.compile(
    r"py(?:pi|thonhosted)\.(?:org|io)|registry\.(?:npm|yarn)|(?:unpkg|jsdelivr|cdnjs)\.\w+", re.IGNORECASE
)
MACHINE_PATH = re.compile(r"(?<![\w.~*-])/(?:work|root|tmp/scratch|Users/\w+|home/(?!tend)\w+)/\w")
SECRET = re.compile(
    r"\bsk-[A-Za-z0-9]{20,}|\bAKIA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bfka_[A-Za-z0-9]{20,}"
)
PHONE = re.compile(r"(?<![\w/.-])(?:\+1[ .-]?|1[ .-])?\(?[2-9][0-8]\d\)?[ .-]?([2-9]\d\d)[ .-]?(\d{4})(?![\w-])")
MAILBOX = re.compile(r"[\w.%+-]+@((?:[A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,})")
INVENTED = re.compile(r"(?:^|\.)(?:example\.(?:com|org|net)|example|test|invalid|local)$", re.IGNORECASE)


def test_no_file_names_a_package_registry() -> None:
    assert [f"{path}: {found[0]}" for path, text in texts() if (found := REGISTRY.search(text))] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "build.lock"])
def test_every_locked_requirement_is_exact_and_hashed_and_says_nothing_of_where_it_comes_from(name: str) -> None:
    entries = (ROOT / name).read_text().replace("\\\n", "").splitlines()

    assert len(entries) > 5
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert [entry for entry in entries if "://" in entry or "index" in entry.split()[0]] == []


def test_what_the_build_asks_for_is_what_its_lock_pins() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert set(project["build-system"]["requires"]) <= set(project["dependency-groups"]["build"])


def test_no_file_holds_a_path_of_somebodys_machine() -> None:
    assert [f"{path}: {found[0]}" for path, text in texts() if (found := MACHINE_PATH.search(text))] == []


def test_no_file_holds_what_looks_like_a_secret() -> None:
    assert [str(path) for path, text in texts() if SECRET.search(text)] == []


def test_no_third_partys_file_stands_in_the_tree() -> None:
    strangers = [path for path in files() if re.search(r"\.min\.(js|css)$|\.(woff2?|ttf|whl|jar|so|exe)$", path.name)]

    assert strangers == []


def test_every_email_address_in_the_tree_is_an_invented_one() -> None:
    real = {
        f"{path}: {found[0]}"
        for path, text in texts()
        for found in MAILBOX.finditer(text)
        if not INVENTED.search(found[1])
    }

    assert real == set()


def test_every_phone_number_in_the_tree_is_an_invented_one() -> None:
    real = {
        f"{path}: {found[0]}"
        for path, text in texts()
        if path.suffix != ".lock"
        for found in PHONE.finditer(text)
        if not (found[1] == "555" and found[2].startswith("01"))
    }

    assert real == set()


def test_every_module_says_what_it_promises() -> None:
    mute = []
    for path in [*modules(*PACKAGES, "bench"), Path("run.py"), Path("build_assets.py")]:
        promise = ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if not promise or "." not in promise:
            mute.append(str(path))

    assert mute == []


def test_no_module_has_grown_past_one_story() -> None:
    grown = {
        str(path): lines
        for path in modules(*PACKAGES)
        if "versions" not in path.parts
        if (lines := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > LONGEST
    }

    assert grown == {}


def test_prompts_hold_words_and_no_code() -> None:
    prompts = [path for path in files() if path.parts[0] == "prompts"]

    assert prompts
    assert [path for path in prompts if path.suffix not in {".toml", ".md", ".txt"}] == []
