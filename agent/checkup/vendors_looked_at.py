"""Which looks the settings of senders ask for: Twilio, Amazon, the mail server, and DNS for the domain of our mail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from agent import vendors
from agent.settings import Settings
from channels.checks import Checked, Look, told

_INVENTED = ("example", "test", "invalid", "localhost")


def looks(settings: Settings, *, dns: tuple[str, int] | None) -> Iterator[tuple[str, Look]]:
    """What there is to look at. A setting that cannot be used is another line's to tell."""
    if settings.twilio_login is not None:
        yield "Twilio account", _twilio(settings)
    if settings.email_via == "smtp":
        yield "mail server", told("mail server", _mail_server(settings))
    if settings.region and (settings.email_via == "ses" or settings.tend_aws_texts):
        yield "Amazon account", told("Amazon account", _keys(settings))
    if settings.region and settings.email_via == "ses":
        yield "SES", _ses(settings, dns)
    if settings.region and settings.tend_aws_texts and settings.tend_aws_text_sender:
        yield "Amazon texts", _texts(settings)
    if settings.sns_topics:
        yield "Amazon's topics", _topics(settings)
    if settings.email_via or settings.tend_email_hook_token:
        yield "domain", _domain(settings, dns)


async def _twilio(settings: Settings) -> Look:
    from channels.providers.twilio_check import Senders, look_at_twilio

    account = vendors.twilio_account(settings)
    if account is None:
        return
    senders = Senders(
        service_sid=settings.twilio_messaging_service_sid,
        number=settings.twilio_from_number,
        whatsapp_number=settings.twilio_whatsapp_number,
        whatsapp_template=settings.twilio_whatsapp_template,
        auth_token=settings.twilio_auth_token.reveal(),
    )
    async for line in look_at_twilio(account, senders):
        yield line


async def _mail_server(settings: Settings) -> Look:
    from channels.providers.smtp_check import look_at_mail_server

    try:
        server = vendors.mail_server(settings)
    except vendors.Unusable:
        return
    async for line in look_at_mail_server(server, timeout_seconds=settings.tend_send_timeout_seconds):
        yield line


async def _keys(settings: Settings) -> Look:
    from channels.providers.aws_check import look_at_keys

    account = vendors.amazon_account(settings)
    async for line in look_at_keys(account, timeout_seconds=settings.tend_send_timeout_seconds):
        yield line


async def _ses(settings: Settings, dns: tuple[str, int] | None) -> Look:
    from channels.providers.domain_check import Names, look_at_ses_keys
    from channels.providers.ses_check import look_at_ses

    names = Names(timeout_seconds=settings.tend_send_timeout_seconds, server=dns)

    async def signs(domain: str, tokens: list[str]) -> Checked:
        return await look_at_ses_keys(names, domain, tokens)

    async for line in look_at_ses(
        vendors.amazon_account(settings),
        domain=settings.tend_email_domain,
        configuration_set=settings.tend_ses_configuration_set,
        topics=settings.sns_topics,
        signs=signs,
        timeout_seconds=settings.tend_send_timeout_seconds,
    ):
        yield line


async def _texts(settings: Settings) -> Look:
    from channels.providers.aws_sms_check import look_at_sms_voice, look_at_sns_texts

    account, limit = vendors.amazon_account(settings), settings.tend_send_timeout_seconds
    sender = settings.tend_aws_text_sender
    look = (
        look_at_sns_texts(account, sender=sender, timeout_seconds=limit)
        if settings.tend_aws_texts == "sns"
        else look_at_sms_voice(
            account,
            sender=sender,
            configuration_set=settings.tend_aws_text_configuration_set,
            topics=settings.sns_topics,
            timeout_seconds=limit,
        )
    )
    async for line in look:
        yield line


async def _topics(settings: Settings) -> Look:
    from channels.providers.aws import Account
    from channels.providers.aws_check import look_at_topics

    account = Account(
        region=settings.region,
        access_key_id=settings.aws_access_key_id,
        secret_access_key=settings.aws_secret_access_key.reveal(),
        session_token=settings.aws_session_token.reveal(),
        endpoint_url=settings.aws_endpoint_url,
    )
    async for line in look_at_topics(
        account,
        settings.sns_topics,
        public_url=settings.public_url,
        signature_v1=settings.tend_sns_signature_v1,
        timeout_seconds=settings.tend_send_timeout_seconds,
    ):
        yield line


async def _domain(settings: Settings, dns: tuple[str, int] | None) -> Look:
    from channels.providers.domain_check import Expected, Names, look_at_domain
    from channels.providers.sns import region_of

    domain = settings.tend_email_domain
    if dns is None and domain.rpartition(".")[2] in _INVENTED:
        yield Checked("domain", "broken", f"{domain} is an invented name", "set TEND_EMAIL_DOMAIN to a domain of yours")
        return
    regions = []
    for topic in settings.sns_topics:
        with suppress(ValueError):  # what is no topic is said beside the topics
            regions.append(region_of(topic))
    expected = Expected(
        through_ses=settings.email_via == "ses",
        sends=bool(settings.email_via),
        hears_mail=bool(settings.tend_email_hook_token),
        hears_amazon=bool(regions),
        mx_regions=frozenset(regions),
    )
    names = Names(timeout_seconds=settings.tend_send_timeout_seconds, server=dns)
    async for line in look_at_domain(names, domain, expected):
        yield line
