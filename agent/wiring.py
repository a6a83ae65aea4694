"""The only place that names a vendor: settings in, a running Tend out.

Vendor SDKs are imported here, and only when their settings are there. `opened` yields a `Tend` on an open database;
what runs on it (web, ticks, a driver) is the caller's choice.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent import readers, vendors
from agent import team as team_file
from agent import words as word_files
from agent.clock import Clock, SystemClock
from agent.log import log
from agent.rules.limits import load_limits
from agent.rules.mail_domains import load_domains
from agent.rules.quiet_hours import load_rules
from agent.rules.scoring_profiles import load_profiles
from agent.rules.sequences import to_json
from agent.rules.team import Team
from agent.settings import Secret, Settings
from agent.store import campaigns, copies, installation
from agent.store.claims import Claimer
from agent.store.copies import Witness
from agent.store.database import Database
from agent.store.installation import Installed
from agent.store.seal import key_from_text, new_key
from agent.tend import Doors, Tend
from agent.words import Words
from channels.arrived_mail import MailStore
from channels.notices import Notices
from channels.providers.sandbox import SandboxEmailSender, SandboxSmsSender
from channels.sms import SmsWebhook
from integrations.crm import Crm
from integrations.crm_pushes import CrmWebhook
from integrations.providers.local_reader import LocalReader

if TYPE_CHECKING:
    pass


class CannotStart(RuntimeError):
    """Tend cannot start as configured; the message says what to do."""


def doors(settings: Settings, words: Words, clock: Clock) -> Doors:
    """Make the door of every vendor that is configured. Raises `CannotStart` for live sending without a sender."""
    local = LocalReader(whole_sentences=settings.tend_whole_sentences)
    crm, crm_hook = _crm(settings)
    notices, mail_store = _aws_inbound(settings)
    files = vendors.twilio_files(settings)
    made = Doors(
        email=SandboxEmailSender(clock=clock.now),
        sms=SandboxSmsSender(clock=clock.now),
        reader=readers.reader(settings, words.prompts["read-reply"], local),
        local_reader=local,
        crm=crm,
        crm_hook=crm_hook,
        sms_hook=_sms_hook(settings),
        notices=notices,
        mail_store=mail_store,
        files=files,
        closes=(files.aclose,) if files is not None else (),
    )
    if settings.tend_sending != "live":
        return made
    try:
        return vendors.live(settings, made, clock.now)
    except vendors.Unusable as error:
        raise CannotStart(str(error)) from None


def rehearsal_doors(clock: Clock, *, whole_sentences: bool = True) -> Doors:
    """Doors that lead nowhere: senders that send nothing, the local reader, no CRM."""
    local = LocalReader(whole_sentences=whole_sentences)
    return Doors(
        email=SandboxEmailSender(clock=clock.now),
        sms=SandboxSmsSender(clock=clock.now),
        reader=local,
        local_reader=local,
    )


@contextlib.asynccontextmanager
async def opened(
    settings: Settings,
    *,
    team: Team,
    clock: Clock | None = None,
    made_doors: Doors | None = None,
    plain_text: bool = False,
    throw_away: bool = False,
) -> AsyncIterator[Tend]:
    """Open the database and make a `Tend`. `plain_text` stores without a key (demo only).

    A database that is a copy sends nothing, unless it is one to `throw_away` (a rehearsal's), which is opened fast and
    without care for power cuts.

    Raises `CannotStart`, `WordsError`, `BadRuleFile`, `DatabaseBusy` or `SealBroken`, each saying what to do.
    """
    clock = clock or SystemClock()
    words = word_files.load()
    quiet_hours, limits, profiles = load_rules(), load_limits(), load_profiles()
    load_domains()
    all_doors = made_doors or doors(settings, words, clock)
    key = None if plain_text else _sealing_key(settings)
    async with Database(settings.database_url, throw_away=throw_away).opened() as database:

        async def start(conn: AsyncConnection) -> tuple[Installed, dict[str, UUID], dict[str, UUID], bool]:
            now = clock.now()
            found = await installation.install(conn, key=key, now=now)
            user_ids = await installation.seat(
                conn, team_id=found.team_id, sealer=found.sealer, assignees=team.assignees, now=now
            )
            await campaigns.set_up(
                conn,
                team_id=found.team_id,
                sealer=found.sealer,
                campaigns_of_team=team.campaigns,
                user_ids=user_ids,
                now=now,
            )
            contents = {name: (words.hash_of(name), to_json(plan)) for name, plan in words.sequences.items()}
            versions = await installation.pin_sequences(conn, team_id=found.team_id, contents=contents, now=now)
            ours = not throw_away and await _adopted(conn, found.team_id, database.witness, now)
            return found, user_ids, versions, ours

        found, user_ids, versions, ours = await database.writer.run(start)
        if ours and database.witness is not None:
            database.witness.note(found.installation_id.hex, found.epoch + 1)
        try:
            yield Tend(
                settings=settings,
                clock=clock,
                database=database,
                sealer=found.sealer,
                words=words,
                team=team,
                team_id=found.team_id,
                installation_id=found.installation_id,
                connected_at=found.connected_at,
                user_ids=user_ids,
                versions=versions,
                quiet_hours=quiet_hours,
                limits=limits,
                profiles=profiles,
                doors=all_doors,
                claimer=Claimer(_node_name(), settings.tend_lease_seconds),
            )
        finally:
            all_doors.mail_reader.close()
            if all_doors.mail_store is not None:
                all_doors.mail_store.close()
            if all_doors.crm is not None:
                await all_doors.crm.aclose()
            for close in all_doors.closes:
                await close()


async def _adopted(conn: AsyncConnection, team_id: UUID, witness: Witness | None, now: datetime) -> bool:
    """Take the database as the one that sends; a copy is kept silent instead."""
    if not await copies.is_copy(conn, witness):
        await copies.adopt(conn, witness)
        return True
    await copies.refuse(conn, now=now)
    await installation.pause(conn, team_id=team_id, now=now, reason=copies.REASON)
    log.warning("sending.refused", reason=copies.REASON)
    return False


def read_team(settings: Settings) -> Team:
    """Read the team file. Raises `CannotStart` with what to do."""
    try:
        return team_file.read(settings.team_file)
    except team_file.TeamFileError as error:
        raise CannotStart(str(error)) from None


def key_path(settings: Settings) -> Path:
    """Where `tend serve` keeps the key it made."""
    return settings.data_dir / "tend.key"


def secret_key(settings: Settings) -> Secret:
    """The sealing key: from the environment, else from the file beside the database, made at first start.

    Raises `CannotStart` when the database is there and its key is not.
    """
    if settings.tend_secret_key:
        return settings.tend_secret_key
    path = key_path(settings)
    if not path.exists():
        if not settings.tend_database_url and (settings.data_dir / "tend.db").exists():
            raise CannotStart(f"{path} is missing, and the database beside it cannot be read without it. Put it back.")
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(new_key() + "\n")
    return Secret(path.read_text().strip())


def kept_key(settings: Settings) -> Secret:
    """The sealing key that is there already; none is made. Raises `CannotStart`."""
    if not settings.tend_secret_key and not key_path(settings).exists():
        raise CannotStart(f"{key_path(settings)} is missing, and the database cannot be read without it. Put it back.")
    return secret_key(settings)


def _sealing_key(settings: Settings) -> bytes:
    text = secret_key(settings).reveal()
    try:
        return key_from_text(text)
    except ValueError as error:
        where = "" if settings.tend_secret_key else f"{key_path(settings)} holds no key. "
        raise CannotStart(f"{where}{error}") from None


def _crm(settings: Settings) -> tuple[Crm | None, CrmWebhook | None]:
    if not settings.fub_api_key:
        return None, None
    from integrations.providers.followupboss import FollowUpBoss
    from integrations.providers.followupboss_webhook import FollowUpBossWebhook

    crm = FollowUpBoss(
        api_key=settings.fub_api_key.reveal(),
        base_url=settings.fub_base_url,
        system=settings.fub_system,
        system_key=settings.fub_system_key.reveal(),
    )
    hook = FollowUpBossWebhook(system_key=settings.fub_system_key.reveal()) if settings.fub_system_key else None
    return crm, hook


def _sms_hook(settings: Settings) -> SmsWebhook | None:
    if not settings.twilio_auth_token:
        return None
    from channels.providers.twilio_hook import TwilioSmsHook

    return TwilioSmsHook(settings.twilio_auth_token.reveal(), settings.public_url, settings.twilio_shared_keys)


def _aws_inbound(settings: Settings) -> tuple[Notices | None, MailStore | None]:
    if not settings.sns_topics:
        return None, None
    from channels.providers.aws_inbound import AwsAccount, AwsInbound
    from channels.providers.sns import Sns
    from channels.providers.sns_certificates import Certificates

    account = AwsAccount(
        access_key_id=settings.aws_access_key_id,
        secret_access_key=settings.aws_secret_access_key.reveal(),
        session_token=settings.aws_session_token.reveal(),
        endpoint_url=settings.aws_endpoint_url,
    )
    inbound = AwsInbound(account)
    try:
        sns = Sns(
            topics=settings.sns_topics,
            signature_v1=settings.tend_sns_signature_v1,
            certificates=Certificates(),
            confirm=inbound.confirm,
        )
    except ValueError as error:
        raise CannotStart(f"TEND_SNS_TOPICS: {error}") from None
    return sns, inbound


def _node_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
