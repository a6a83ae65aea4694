"""What import-linter cannot say: that rules and doors use the standard library alone, and what files may be called.

The floors themselves, and who may name a provider, are contracts in `pyproject.toml` that `lint-imports` checks.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import PACKAGES, ROOT, files, modules

PURE = {"phonenumbers", "email_validator", "rapidfuzz", "dateparser"}
DOORS = {
    "channels": {"arrived_mail", "attached", "email", "errors", "notices", "outcomes", "receipts", "sms"},
    "integrations": {
        "crm",
        "crm_activity",
        "crm_hooks",
        "crm_pushes",
        "crm_writes",
        "errors",
        "language_model",
        "lead_source",
    },
}
MEANINGLESS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "service", "services", "core", "misc"}
DOOR_FILES = [path for path in modules(*DOORS) if path.parent.name in DOORS and path.stem in DOORS[path.parent.name]]


@pytest.mark.parametrize("path", modules("agent/rules"), ids=str)
def test_a_rule_imports_only_the_standard_library_pure_ones_doors_and_other_rules(path: Path) -> None:
    strangers = [
        name
        for name in _imports(path)
        if not (_is_standard(name) or name.split(".")[0] in PURE or _is_door(name) or name.startswith("agent.rules"))
    ]

    assert strangers == []


@pytest.mark.parametrize("path", DOOR_FILES, ids=str)
def test_a_door_imports_only_the_standard_library_and_the_doors_beside_it(path: Path) -> None:
    beside = path.parent.name

    strangers = [
        name for name in _imports(path) if not (_is_standard(name) or (_is_door(name) and name.split(".")[0] == beside))
    ]

    assert strangers == []


@pytest.mark.parametrize("path", modules("agent/rules"), ids=str)
def test_a_rule_never_asks_what_time_it_is(path: Path) -> None:
    clocks = {"now", "utcnow", "today", "time", "monotonic", "perf_counter", "time_ns"}

    asked = [
        ast.unparse(node)
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in clocks
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date", "time"}
    ]

    assert asked == []


@pytest.mark.parametrize("path", modules("tests"), ids=str)
def test_a_test_patches_nothing_of_ours(path: Path) -> None:
    mocks = [name for name in _imports(path) if name.startswith(("unittest.mock", "pytest_mock"))]
    patches = [
        ast.unparse(node)
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.Attribute) and node.attr == "setattr" and "monkeypatch" in ast.unparse(node.value)
    ]

    assert mocks + patches == []


def test_no_file_is_named_for_nothing() -> None:
    assert [str(path) for path in files() if path.stem in MEANINGLESS and path.suffix in {".py", ".js", ".css"}] == []


def test_no_tests_folder_is_a_package_that_could_shadow_another() -> None:
    assert [str(path) for path in modules("tests") if path.name == "__init__.py"] == []


def test_every_folder_of_code_is_a_package() -> None:
    folders = {path.parent for path in modules(*PACKAGES) if path.parent.name != "versions"}

    assert [str(folder) for folder in sorted(folders) if not (ROOT / folder / "__init__.py").exists()] == []


def _parsed(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(_parsed(path)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                whole = module in (*DOORS, "agent")  # `from channels import email` names a module
                yield from (f"{module}.{alias.name}" for alias in names) if whole else [module]


def _is_standard(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in sys.stdlib_module_names


def _is_door(name: str) -> bool:
    package, _, module = name.partition(".")
    return module.split(".")[0] in DOORS.get(package, ())
