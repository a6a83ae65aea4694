"""Everything a flow needs, in one frozen object made by the wiring: settings, clock, store, words, doors.

Flows take it as their first argument; nothing reaches for settings or vendors any other way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.clock import Clock
from agent.rules.limits import Limits
from agent.rules.quiet_hours import QuietHours
from agent.rules.scoring_profiles import Profiles
from agent.rules.sequences import Sequence
from agent.rules.team import Assignee, Team
from agent.settings import Settings
from agent.store.claims import Claimer
from agent.store.database import Database
from agent.store.seal import Sealer
from agent.store.writer import Writer
from agent.words import Words
from channels.arrived_mail import MailStore
from channels.attached import FileStore
from channels.email import EmailSender
from channels.mail_reader import MailReader
from channels.notices import Notices
from channels.sms import SmsSender, SmsWebhook
from channels.whatsapp import WhatsAppSender
from integrations.crm import Crm
from integrations.crm_pushes import CrmWebhook
from integrations.language_model import Reader


@dataclass(frozen=True, slots=True)
class Doors:
    """The vendors in use; None where one is off. `closes` is what must be closed at the end."""

    email: EmailSender | None
    sms: SmsSender | None
    reader: Reader
    local_reader: Reader
    crm: Crm | None = None
    crm_hook: CrmWebhook | None = None
    sms_hook: SmsWebhook | None = None
    whatsapp: WhatsAppSender | None = None
    closes: tuple[Callable[[], Awaitable[None]], ...] = ()

    def sender(self, channel: str) -> EmailSender | SmsSender | WhatsAppSender | None:
        """What sends on this channel."""
        return {"email": self.email, "sms": self.sms, "whatsapp": self.whatsapp}[channel]

    notices: Notices | None = None
    mail_store: MailStore | None = None
    files: FileStore | None = None
    mail_reader: MailReader = field(default_factory=MailReader)


@dataclass(frozen=True, slots=True, eq=False)
class Tend:
    """One running Tend, opened for one team."""

    settings: Settings
    clock: Clock
    database: Database
    sealer: Sealer
    words: Words
    team: Team
    team_id: UUID
    installation_id: UUID
    connected_at: datetime
    user_ids: Mapping[str, UUID]
    versions: Mapping[str, UUID]
    quiet_hours: QuietHours
    limits: Limits
    profiles: Profiles
    doors: Doors
    claimer: Claimer
    plans: dict[UUID, Sequence] = field(default_factory=dict)

    @property
    def writer(self) -> Writer:
        """The group-commit writer."""
        return self.database.writer

    def now(self) -> datetime:
        """The present instant on Tend's clock."""
        return self.clock.now()

    def today(self) -> date:
        """The present day where the team is."""
        return self.now().astimezone(ZoneInfo(self.team.zone)).date()

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Lend a reading connection, opened for this team."""
        return self.database.reading(self.team_id)

    def assignee(self, user_id: UUID | None) -> Assignee:
        """The person with this id; whoever leads the team where there is none."""
        for assignee in self.team.assignees:
            if user_id is not None and self.user_ids.get(assignee.key) == user_id:
                return assignee
        return self.team.lead_of_team

    def sequence(self, key: str) -> Sequence:
        """The shipped sequence of that key, as it stands now (an enrollment pins a version of its own)."""
        return self.words.sequences[key]
