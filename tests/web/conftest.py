"""The stages that tests of the pages ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.stage import Stage, opened, seed


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Stage]:
    """A stage with the cast on it, pages open as in the demo; shared, so tests only look."""
    with opened(tmp_path_factory.mktemp("stage"), migrated_sqlite, open_to_all=True) as made:
        seed(made)
        yield made


@pytest.fixture
def own_stage(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Stage]:
    """A stage of the test's own with the cast on it, pages open as in the demo."""
    with opened(tmp_path, migrated_sqlite, open_to_all=True) as made:
        seed(made)
        yield made


@pytest.fixture(scope="module")
def empty_stage(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Stage]:
    """A stage without a single lead; shared, so tests only look."""
    with opened(tmp_path_factory.mktemp("empty"), migrated_sqlite, open_to_all=True) as made:
        yield made


@pytest.fixture(scope="module")
def locked_stage(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Stage]:
    """A stage as `tend serve` makes it: pages need a session. Shared: tests change only their own sessions."""
    with opened(tmp_path_factory.mktemp("locked"), migrated_sqlite, open_to_all=False) as made:
        seed(made)
        yield made
