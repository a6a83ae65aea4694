"""What every story has: a world on each database, and a watch over every statement executed while it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.store.statements import watched
from tests.stories import world as worlds
from tests.stories.world import World

Opens = Callable[..., AbstractAsyncContextManager[World]]

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what the database has no say in; the five straight paths are told on both."""


@pytest.fixture
def open_world(database_url: str, tmp_path: Path) -> Opens:
    """Opens a world of the test's own making."""
    return partial(worlds.opened, database_url, tmp_path)


@pytest.fixture
async def world(open_world: Opens) -> AsyncIterator[World]:
    """A world on Tuesday morning, ten o'clock in Austin."""
    async with open_world() as here:
        yield here


@pytest.fixture(autouse=True)
def no_statement_forgets_its_team() -> Iterator[None]:
    """Fails the test in which any statement read or changed rows without saying whose."""
    with watched() as found:
        yield
    assert found == []
