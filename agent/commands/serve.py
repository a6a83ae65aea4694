"""`tend serve`: the whole of Tend in one process, on the user's own data and settings."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import click

from agent import scheduler, wiring
from agent.commands.starting import plain_failures, read_settings
from agent.log import log
from agent.settings import Settings
from agent.web import sessions
from agent.web.app import make_app
from agent.web.server import Server, address_of, bind, config, run


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--no-ticks", is_flag=True, help="Only web pages and webhooks; another node does the work.")
def command(*, host: str, port: int, no_ticks: bool) -> None:
    """Run Tend on your own data and settings. Prints a one-time sign-in link."""
    with plain_failures():
        settings = read_settings()
        with contextlib.suppress(KeyboardInterrupt):
            run(_serve(settings, host, port, ticks=not no_ticks))


async def _serve(settings: Settings, host: str, port: int, *, ticks: bool) -> None:
    new_key = not settings.tend_secret_key and not wiring.key_path(settings).exists()
    team = wiring.read_team(settings)
    try:
        listener = bind(host, port)
    except OSError as error:
        raise wiring.CannotStart(f"{host}:{port}: {error.strerror or error}; choose another with --port") from None
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(listener)
        tend = await stack.enter_async_context(wiring.opened(settings, team=team))
        token = secrets.token_urlsafe(32)
        app = make_app(tend, control_token=token)
        server = Server(config(app), on_exit=app.state.live.close)
        address = address_of(listener)
        stack.enter_context(_announced(settings.data_dir, address=address, token=token))
        if ticks:
            await stack.enter_async_context(scheduler.running(tend))
        if new_key:
            click.echo(
                f"Made a sealing key: {wiring.key_path(settings)}. Keep a copy: without it the data cannot be read."
            )
        click.echo(f"Tend is at {address} ({settings.tend_sending} sending).")
        click.echo(f"Sign in once with: {await sessions.make_sign_in_link(tend, address=address)}")
        log.info("server.started", url=address, ticks=ticks)
        await server.serve(sockets=[listener])


@contextlib.contextmanager
def _announced(folder: Path, *, address: str, token: str) -> Iterator[None]:
    """Leave word of the running server where other commands of the same user find it."""
    path = folder / "server.json"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"address": address, "token": token}, file)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
