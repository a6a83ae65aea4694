"""One frozen object read once from the environment or `.env`: every setting, its type and its default.

Vendors' own names are kept where they exist, `TEND_…` is ours. A missing vendor setting turns that vendor off. Secrets
are typed so that they never print. What a team decides (brokerage, people, consent) is in the team file, not here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from dotenv import dotenv_values
from msgspec import Meta

Seconds = Annotated[float, Meta(ge=0, le=3600)]


class Secret(str):
    """Text that must never be shown. Use `.reveal()` at the one place that needs it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)" if self else "Secret()"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def reveal(self) -> str:
        """Return the plain text."""
        return str.__str__(self)


class SettingsError(ValueError):
    """A setting that cannot be used: which one, and what would be right."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings. Field names are the environment's in lower case; `.env.example` says what each one does."""

    tend_data_dir: str = "data"
    tend_database_url: str = ""
    tend_public_url: str = "http://127.0.0.1:8000"
    tend_sending: Literal["sandbox", "live"] = "sandbox"
    tend_send_only_to: str = ""
    tend_secret_key: Secret = Secret()
    tend_team_file: str = ""
    tend_llm_model: str = "gpt-6-luna"
    tend_llm_api: Literal["responses", "chat", ""] = ""
    tend_llm_timeout_seconds: Seconds = 4.0
    tend_debounce_seconds: Seconds = 4.0
    tend_lease_seconds: Annotated[float, Meta(ge=1, le=3600)] = 60.0
    tend_send_timeout_seconds: Annotated[float, Meta(gt=0, le=300)] = 15.0
    tend_sends_in_flight: Annotated[int, Meta(ge=1, le=1024)] = 64
    tend_replies_at_night: bool = False
    tend_stop_scope: Literal["person", "channel"] = "person"
    tend_log: Literal["auto", "json", "pretty"] = "auto"
    tend_email_domain: str = "tend.example"
    tend_email_hook_token: Secret = Secret()
    openai_api_key: Secret = Secret()
    openai_base_url: str = ""
    twilio_account_sid: str = ""
    twilio_auth_token: Secret = Secret()
    fub_api_key: Secret = Secret()
    fub_system: str = ""
    fub_system_key: Secret = Secret()
    fub_base_url: str = "https://api.followupboss.com"

    @property
    def data_dir(self) -> Path:
        """The folder that holds the database, the key and the team file."""
        return Path(self.tend_data_dir)

    @property
    def database_url(self) -> str:
        """Where Tend remembers: the configured URL, or an SQLite file in the data folder."""
        return self.tend_database_url or f"sqlite+aiosqlite:///{self.data_dir / 'tend.db'}"

    @property
    def team_file(self) -> Path:
        """The team file: brokerage, people, stages, sources."""
        return Path(self.tend_team_file) if self.tend_team_file else self.data_dir / "team.toml"

    @property
    def public_url(self) -> str:
        """The address others reach this installation at, without a slash at the end."""
        return self.tend_public_url.rstrip("/")

    @property
    def llm_api(self) -> Literal["responses", "chat"]:
        """Which API shape the model server speaks: Responses for the vendor itself, chat for any other address."""
        return self.tend_llm_api or ("chat" if self.openai_base_url else "responses")

    @property
    def send_only_to(self) -> frozenset[str]:
        """Addresses that may be written to; empty means everyone (lower case, comma-separated in the environment)."""
        return frozenset(part.strip().lower() for part in self.tend_send_only_to.split(",") if part.strip())


NAMES: tuple[str, ...] = tuple(name.upper() for name in Settings.__struct_fields__)


def load(environment: Mapping[str, str] | None = None, *, env_file: Path | None = Path(".env")) -> Settings:
    """Read settings from `env_file` (if it exists) and the environment, which wins. Raises `SettingsError`."""
    values: dict[str, str] = {}
    if env_file is not None and env_file.is_file():
        values.update({key: value for key, value in dotenv_values(env_file).items() if value is not None})
    values.update(os.environ if environment is None else environment)
    chosen = {name.lower(): values[name].strip() for name in NAMES if values.get(name, "").strip()}
    for key, value in chosen.items():
        _refuse_unusable(key, value)
    return msgspec.convert(chosen, Settings, strict=False, dec_hook=_decode)


def _refuse_unusable(key: str, value: str) -> None:
    field = Settings.__annotations__[key]
    try:
        msgspec.convert({key: value}, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        shown = "the value given" if "Secret" in str(field) else repr(value)
        raise SettingsError(f"{key.upper()}: {shown} cannot be used: {str(error).split(' - at')[0]}") from None


def _decode(kind: type, value: Any) -> Any:
    if kind is Secret:
        return Secret(value)
    raise NotImplementedError(kind)
