"""Draws a page: the template engine with its filters, and the shell around every page (who is in, is sending on).

A page asked for by htmx is answered with its block alone; the same block stands inside the page otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Redirect, Template
from litestar.template.config import TemplateConfig
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.ids import shown
from agent.store.views import team_state
from agent.tend import Tend
from agent.web.guarding import is_signed_in, user_of
from agent.web.pages import phrases

_HERE = Path(__file__).resolve().parents[1]
STATIC = _HERE / "static"
_LIBRARY = ("lib/htmx.min.js", "lib/htmx-sse.min.js")
_OWN = ("tend.css", "tend.js", "icon.svg", "manifest.webmanifest")


class AssetsMissing(RuntimeError):
    """The two htmx files are placed by the installation, and are not there."""


def template_config() -> TemplateConfig[JinjaTemplateEngine]:
    """The templates of all pages. Raises `AssetsMissing` when the installation did not place htmx."""
    missing = [name for name in _LIBRARY if not (STATIC / name).is_file()]
    if missing:
        message = f"{' and '.join(missing)} missing in {STATIC.name}/: install Tend again (`python3 run.py demo` does)"
        raise AssetsMissing(message)
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(phrases.FILTERS)
    environment.filters["lead_id"] = lambda value: shown("lead", value)
    environment.globals["asset"] = _asset_paths().__getitem__
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment))


async def draw(
    tend: Tend,
    conn: AsyncConnection,
    request: Request[Any, Any, Any],
    name: str,
    *,
    nav: str,
    context: Mapping[str, Any],
    status_code: int = 200,
) -> Response[Any]:
    """Draw the page `name`: its block `_name.html` for htmx, else the whole page. `nav` is its entry in the menu."""
    block = bool(request.headers.get("hx-request"))
    state = await team_state(conn, team_id=tend.team_id)
    return Template(
        f"_{name}.html" if block else f"{name}.html",
        context={
            "nav": nav,
            "here": request.url.path,
            "block": f"_{name}.html",
            "now": tend.now(),
            "team_zone": tend.team.zone,
            "team": tend.team,
            "team_state": state,
            "sandbox": tend.settings.tend_sending == "sandbox",
            "theme": theme_of(request),
            "user": names_by_id(tend).get(user_of(request) or tend.team_id, ""),
            "signed_in": is_signed_in(request),
            **context,
        },
        status_code=status_code,
        headers={"Vary": "HX-Request"},
    )


def draw_bare(
    tend: Tend, request: Request[Any, Any, Any], name: str, *, context: Mapping[str, Any], status_code: int = 200
) -> Response[Any]:
    """Draw a page without the dashboard around it: what leads see, and signing in."""
    return Template(
        f"{name}.html",
        context={"team": tend.team, "theme": theme_of(request), **context},
        status_code=status_code,
    )


def see_other(path: str) -> Response[Any]:
    """Answer a form that was acted on: go and look there."""
    return Redirect(path, status_code=303)


def is_block(request: Request[Any, Any, Any]) -> bool:
    """Whether htmx asks, and so gets the block alone."""
    return bool(request.headers.get("hx-request"))


def mark_of(*shown: object) -> str:
    """A short mark of what a block shows, the same as long as nothing in it changed (times told as spans aside)."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def theme_of(request: Request[Any, Any, Any]) -> str:
    """The chosen colours: `light`, `dark`, or empty for the system's."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in {"light", "dark"} else ""


def acting(tend: Tend, request: Request[Any, Any, Any]) -> UUID:
    """Who presses a button that is for somebody of the team: whoever signed in, else the lead of the team."""
    return user_of(request) or leader(tend)


def leader(tend: Tend) -> UUID:
    """Whoever leads the team."""
    return tend.user_ids[tend.team.lead_of_team.key]


def names_by_id(tend: Tend) -> dict[UUID, str]:
    """The team's people by id."""
    return {tend.user_ids[assignee.key]: assignee.name for assignee in tend.team.assignees}


def names_by_key(tend: Tend) -> dict[str, str]:
    """The team's people by key, as messages name who wrote."""
    return {assignee.key: assignee.name for assignee in tend.team.assignees}


def _asset_paths() -> dict[str, str]:
    """Each static file's address with a piece of its hash, so that a new version is fetched at once."""
    return {
        name: f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]}"
        for name in (*_OWN, *_LIBRARY)
    }
