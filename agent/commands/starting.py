"""What commands share: reading settings, and ending with a clear word when Tend cannot start."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

import click

from agent import settings as settings_file
from agent.log import set_up
from agent.rules.dated import BadRuleFile
from agent.settings import Settings, SettingsError
from agent.store.database import DatabaseBehind, DatabaseBusy, DatabaseUnusable
from agent.store.seal import SealBroken
from agent.wiring import CannotStart
from agent.words import WordsError

CANNOT_START = 3
_REASONS = (
    SettingsError,
    CannotStart,
    WordsError,
    BadRuleFile,
    DatabaseBusy,
    DatabaseBehind,
    DatabaseUnusable,
    SealBroken,
)


@contextlib.contextmanager
def plain_failures() -> Iterator[None]:
    """Turn every reason Tend cannot start into one sentence and exit code 3."""
    try:
        yield
    except _REASONS as error:
        click.echo(f"Tend cannot start: {error}", err=True)
        sys.exit(CANNOT_START)


def read_settings() -> Settings:
    """Read settings and set up logging; files made from here on are for this user alone. Raises `SettingsError`."""
    os.umask(0o077)
    settings = settings_file.load()
    set_up(settings.tend_log)
    return settings
