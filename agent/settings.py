"""One frozen object read once from the environment or `.env`: every setting, its type and its default.

Vendors' own names are kept where they exist, `TEND_…` is ours. A missing vendor setting turns that vendor off. Secrets
are typed so that they never print. What a team decides (brokerage, people, consent) is in the team file, not here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from dotenv import dotenv_values
from msgspec import Meta

_CARRIER_BUDGET = 1000
"""T-Mobile's lowest class of registered brands, in segments a day; your registration says which is yours."""

_EMAIL_PACE = 10.0
"""Below the 14 a second that SES gives most accounts."""
_TEXT_PACE = 1.0
"""What an ordinary number may send, in segments a second (Twilio's default for a long code)."""

_WARM_UP = (50, 200, 1000, 5000)

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
    tend_whole_sentences: bool = True
    tend_llm_below: Annotated[float, Meta(ge=0, le=1)] = 1.0
    tend_debounce_seconds: Seconds = 4.0
    tend_lease_seconds: Annotated[float, Meta(ge=1, le=3600)] = 60.0
    tend_send_timeout_seconds: Annotated[float, Meta(gt=0, le=300)] = 15.0
    tend_sends_in_flight: Annotated[int, Meta(ge=1, le=1024)] = 64
    tend_replies_at_night: bool = False
    tend_text_segment_price: Annotated[int, Meta(ge=0, le=10_000_000)] = 7900
    tend_texts_per_day: Annotated[int, Meta(ge=0)] | None = None
    tend_email_warm_up: str = ""
    tend_stop_scope: Literal["person", "channel"] = "person"
    tend_log: Literal["auto", "json", "pretty"] = "auto"
    tend_email_domain: str = "tend.example"
    tend_email_hook_token: Secret = Secret()
    tend_email_hook_former_token: Secret = Secret()
    tend_texts_per_second: Annotated[float, Meta(ge=0, le=1000)] | None = None
    tend_emails_per_second: Annotated[float, Meta(ge=0, le=1000)] | None = None
    tend_email_via: Literal["smtp", "ses", ""] = ""
    tend_ses_configuration_set: str = ""
    tend_aws_texts: Literal["sms-voice", "sns", ""] = ""
    tend_aws_text_sender: str = ""
    tend_aws_text_configuration_set: str = ""
    smtp_url: Secret = Secret()
    aws_region: str = ""
    aws_default_region: str = ""
    aws_access_key_id: str = ""
    aws_secret_access_key: Secret = Secret()
    aws_session_token: Secret = Secret()
    aws_endpoint_url: str = ""
    tend_sns_topics: str = ""
    tend_sns_signature_v1: bool = False
    openai_api_key: Secret = Secret()
    openai_base_url: str = ""
    twilio_account_sid: Annotated[str, Meta(pattern="^AC[0-9a-fA-F]{32}$")] = ""
    twilio_auth_token: Secret = Secret()
    twilio_api_key: Secret = Secret()
    twilio_api_secret: Secret = Secret()
    twilio_messaging_service_sid: Annotated[str, Meta(pattern="^MG[0-9a-fA-F]{32}$")] = ""
    twilio_from_number: Annotated[str, Meta(pattern=r"^(\+[1-9][0-9]{6,14}|[0-9]{3,8})$")] = ""
    twilio_whatsapp_number: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")] = ""
    twilio_whatsapp_template: Annotated[str, Meta(pattern="^HX[0-9a-fA-F]{32}$")] = ""
    twilio_webhook_keys: Secret = Secret()
    twilio_base_url: str = "https://api.twilio.com"
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

    @property
    def email_pace(self) -> float:
        """Emails one node hands over in a second; 0 for no limit. Unset, it binds live sending only."""
        if self.tend_emails_per_second is not None:
            return self.tend_emails_per_second
        return _EMAIL_PACE if self.tend_sending == "live" else 0.0

    @property
    def text_pace(self) -> float:
        """Texts one node hands over in a second; 0 for no limit. Unset, it binds live sending only."""
        if self.tend_texts_per_second is not None:
            return self.tend_texts_per_second
        return _TEXT_PACE if self.tend_sending == "live" else 0.0

    @property
    def region(self) -> str:
        """The region of the Amazon account; AWS_REGION goes before AWS_DEFAULT_REGION."""
        return self.aws_region or self.aws_default_region

    @property
    def email_via(self) -> Literal["smtp", "ses", ""]:
        """How email leaves when sending live: as it was said, else by SMTP_URL, else by Amazon's keys and region."""
        if self.tend_email_via or self.smtp_url:
            return self.tend_email_via or "smtp"
        return "ses" if self.region and self.aws_access_key_id else ""

    @property
    def twilio_login(self) -> tuple[str, str] | None:
        """User and password of calls to Twilio: an API key where there is one, else the account and its token."""
        if not self.twilio_account_sid:
            return None
        if self.twilio_api_key and self.twilio_api_secret:
            return self.twilio_api_key.reveal(), self.twilio_api_secret.reveal()
        return (self.twilio_account_sid, self.twilio_auth_token.reveal()) if self.twilio_auth_token else None

    @property
    def twilio_shared_keys(self) -> dict[str, str]:
        """The secrets Twilio may sign its webhooks with beside the token, by the key's id (`id:secret,…`)."""
        pairs = (part.strip().partition(":") for part in self.twilio_webhook_keys.reveal().split(",") if part.strip())
        return {key: secret for key, _, secret in pairs}

    @property
    def sns_topics(self) -> tuple[str, ...]:
        """The ARNs of the topics whose notices are taken."""
        return tuple(part.strip() for part in self.tend_sns_topics.split(",") if part.strip())

    @property
    def text_budget(self) -> int | None:
        """Text segments one number may send in 24 hours; None for no limit. Unset, it binds live sending only."""
        if self.tend_texts_per_day is not None:
            return self.tend_texts_per_day or None
        return _CARRIER_BUDGET if self.tend_sending == "live" else None

    @property
    def email_ladder(self) -> tuple[int, ...]:
        """Emails that may go in 24 hours, a limit a week; empty for none. Unset, it binds live sending only."""
        if self.tend_email_warm_up:
            return _ladder(self.tend_email_warm_up)
        return _WARM_UP if self.tend_sending == "live" else ()


_CALL = ("tend_lease_seconds", "tend_send_timeout_seconds")
_AS_WHOM = re.compile(r"://.*@")
NAMES: tuple[str, ...] = tuple(name.upper() for name in Settings.__struct_fields__)


def load(environment: Mapping[str, str] | None = None, *, env_file: Path | None = Path(".env")) -> Settings:
    """Read settings from `env_file` (if it exists) and the environment, which wins. Raises `SettingsError`."""
    chosen, _ = _chosen(environment, env_file)
    for key in chosen:
        _refuse_unusable(key, chosen)
    return msgspec.convert(chosen, Settings, strict=False, dec_hook=_decode)


def _ladder(text: str) -> tuple[int, ...]:
    return () if text == "off" else tuple(int(part) for part in text.split(","))


@dataclass(frozen=True, slots=True)
class Looked:
    """One setting as `tend doctor` shows it: whether it was given, and what is wrong with it (may be empty).

    `value` is what is in force as text; a secret's is empty, and who is named in an address is left out.
    """

    name: str
    secret: bool
    given: bool
    value: str
    wrong: str


def look(environment: Mapping[str, str] | None = None, *, env_file: Path | None = Path(".env")) -> tuple[Looked, ...]:
    """Look at every setting by itself, and at `TEND_` lines of `env_file` that mean nothing. Raises nothing."""
    chosen, written = _chosen(environment, env_file)
    defaults = Settings()
    found = []
    for name in NAMES:
        key = name.lower()
        secret = "Secret" in str(Settings.__annotations__[key])
        wrong = ""
        try:
            if key in chosen:
                _refuse_unusable(key, chosen)
        except SettingsError as error:
            wrong = str(error).removeprefix(f"{name}: ")
        value = "" if secret else _AS_WHOM.sub("://…@", chosen.get(key, str(getattr(defaults, key))))
        found.append(Looked(name, secret, key in chosen, value, wrong))
    unknown = sorted(name for name in written if name.startswith("TEND_") and name not in NAMES)
    nothing = "there is no such setting; it does nothing"
    return (*found, *(Looked(name, secret=True, given=True, value="", wrong=nothing) for name in unknown))


def _chosen(environment: Mapping[str, str] | None, env_file: Path | None) -> tuple[dict[str, str], frozenset[str]]:
    """What was given, by field name, and the names that stand in the file."""
    values: dict[str, str] = {}
    if env_file is not None and env_file.is_file():
        values.update({key: value for key, value in dotenv_values(env_file).items() if value is not None})
    written = frozenset(values)
    values.update(os.environ if environment is None else environment)
    return {name.lower(): values[name].strip() for name in NAMES if values.get(name, "").strip()}, written


def _refuse_unusable(key: str, chosen: Mapping[str, str]) -> None:
    value = chosen[key]
    if key == "tend_email_warm_up" and not re.fullmatch(r"off|[1-9]\d{0,6}( *, *[1-9]\d{0,6})*", value):
        raise SettingsError(f"{key.upper()}: {value!r} cannot be used: write a limit a week, as 50,200,1000, or off")
    if key == "twilio_webhook_keys" and not re.fullmatch(r"[^:,\s]+:[^,\s]+(,\s*[^:,\s]+:[^,\s]+)*", value):
        raise SettingsError(f"{key.upper()}: the value given cannot be used: write id:secret, several with commas")
    field = Settings.__annotations__[key]
    try:
        msgspec.convert({key: value}, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        shown = "the value given" if "Secret" in str(field) else repr(value)
        raise SettingsError(f"{key.upper()}: {shown} cannot be used: {str(error).split(' - at')[0]}") from None
    if key in _CALL and _seconds(chosen, "tend_lease_seconds") <= _seconds(chosen, "tend_send_timeout_seconds"):
        other = next(name for name in _CALL if name != key).upper()
        reason = f"the lease must be longer than the longest call, or none can begin (see {other})"
        raise SettingsError(f"{key.upper()}: {value!r} cannot be used: {reason}")


def _seconds(chosen: Mapping[str, str], key: str) -> float:
    """The setting as it would be in force; its default where it cannot be used, which is said of it by itself."""
    try:
        found = msgspec.convert({key: chosen[key]} if key in chosen else {}, Settings, strict=False)
    except msgspec.ValidationError:
        found = Settings()
    return float(getattr(found, key))


def _decode(kind: type, value: Any) -> Any:
    if kind is Secret:
        return Secret(value)
    raise NotImplementedError(kind)
