"""Build hook: put the two htmx files that the pages load into the package.

They come out of the django-htmx wheel, which hatchling has at hand while it builds and which is never installed beside
Tend. Each file must be byte for byte the one that was looked at when its sum was written here.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASSETS = {
    "htmx.min.js": (
        "django_htmx/static/django_htmx/htmx-2.min.js",
        "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de",
    ),
    "htmx-sse.min.js": (
        "django_htmx/static/django_htmx/ext/hx-sse-2.min.js",
        "98a46496de0c3605fbffdce9167ba427bdd9553184f83f149c261891a92c0136",
    ),
}
"""Our name → (path inside the wheel, sha256 of its bytes)."""


class AssetsHook(BuildHookInterface[Any]):
    """Copies the files into `agent/web/static/lib` before a wheel or an editable install is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's signature
        """Copy each file and write `SOURCES.txt` beside them. Raises `ValueError` when one is not the expected one."""
        wheel = distribution("django-htmx")
        folder = Path(self.root, "agent", "web", "static", "lib")
        folder.mkdir(parents=True, exist_ok=True)
        sources = [f"htmx (Zero-Clause BSD licence) out of django-htmx {wheel.version} (MIT licence)\n"]
        for name, (inside, expected) in ASSETS.items():
            content = Path(str(wheel.locate_file(inside))).read_bytes()
            if (found := hashlib.sha256(content).hexdigest()) != expected:
                raise ValueError(f"{inside} of django-htmx {wheel.version} has sha256 {found}, not {expected}")
            (folder / name).write_bytes(content)
            sources.append(f"{name}  {inside}  sha256:{expected}\n")
        (folder / "SOURCES.txt").write_text("".join(sources))
