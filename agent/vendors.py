"""Which vendors messages leave by when sending live: settings in, senders out, each also in words for people.

Part of the wiring, and like it the only place that names vendors; their libraries are loaded when configured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from agent.settings import Settings
from agent.tend import Doors

if TYPE_CHECKING:
    from channels.providers.aws import Account
    from channels.providers.aws_sms import SmsVoiceSender, SnsTextSender
    from channels.providers.ses import SesSender
    from channels.providers.smtp import Server, SmtpSender
    from channels.providers.twilio_media import TwilioMedia
    from channels.providers.twilio_messages import Account as TwilioAccount
    from channels.providers.twilio_messages import TwilioMessages
    from channels.providers.twilio_sms import TwilioSmsSender
    from channels.providers.twilio_whatsapp import TwilioWhatsAppSender


class Unusable(ValueError):
    """A setting of a sender cannot be used; the message names it and says what would be right."""


def live(settings: Settings, made: Doors, now: Callable[[], datetime]) -> Doors:
    """The same doors, with senders that send. Twilio goes before Amazon where both could send texts.

    Raises `Unusable`, also when nothing could be sent.
    """
    live_senders(settings)
    twilio = _twilio(settings)
    texts = _twilio_texts(settings, twilio)
    email = email_sender(settings, now)
    amazon = _amazon_texts(settings) if texts is None else None
    return replace(
        made,
        email=email,
        sms=texts or amazon,
        whatsapp=_whatsapp_sender(settings, twilio),
        closes=(*made.closes, *(sender.aclose for sender in (twilio, email, amazon) if sender is not None)),
    )


def live_senders(settings: Settings) -> tuple[str, ...]:
    """What is sent when sending live, in words. Raises `Unusable` when neither email nor texts could be."""
    login = settings.twilio_login is not None
    email = ("email",) * bool(email_described(settings))
    twilio = login and bool(settings.twilio_messaging_service_sid or settings.twilio_from_number)
    texts = ("text",) * (twilio or bool(texts_described(settings)))
    whatsapp = ("WhatsApp",) * (login and bool(settings.twilio_whatsapp_number))
    if not (email or texts):
        message = (
            "TEND_SENDING=live, but no sender is configured. For email set SMTP_URL, or AWS_REGION and "
            "AWS_ACCESS_KEY_ID; for texts through Twilio set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and "
            "TWILIO_MESSAGING_SERVICE_SID or TWILIO_FROM_NUMBER; or set TEND_SENDING=sandbox: everything is rendered, "
            "gated and recorded, and nothing leaves."
        )
        raise Unusable(message)
    return (*email, *texts, *whatsapp)


def email_described(settings: Settings) -> str:
    """Say how email leaves, for people; empty where it does not. Raises `Unusable`."""
    match settings.email_via:
        case "smtp":
            server = mail_server(settings)
            return f"SMTP at {server.host}:{server.port}"
        case "ses":
            return f"Amazon SES in {_region(settings)}"
        case _:
            return ""


def texts_described(settings: Settings) -> str:
    """Say how texts leave through Amazon; empty where they do not. Raises `Unusable`."""
    if not settings.tend_aws_texts:
        return ""
    if not settings.tend_aws_text_sender:
        raise Unusable("TEND_AWS_TEXTS is set, and TEND_AWS_TEXT_SENDER is not: name the number or pool")
    way = "End User Messaging" if settings.tend_aws_texts == "sms-voice" else "SNS"
    return f"Amazon {way} in {_region(settings)}, from {settings.tend_aws_text_sender}"


def email_sender(settings: Settings, now: Callable[[], datetime]) -> SmtpSender | SesSender | None:
    """Make the sender of email, if one is configured. Raises `Unusable`."""
    match settings.email_via:
        case "smtp":
            from channels.providers.smtp import SmtpSender

            return SmtpSender(mail_server(settings), timeout_seconds=_limit(settings), now=now)
        case "ses":
            from channels.providers.ses import SesSender

            return SesSender(
                amazon_account(settings),
                configuration_set=settings.tend_ses_configuration_set,
                timeout_seconds=_limit(settings),
                now=now,
            )
        case _:
            return None


def _amazon_texts(settings: Settings) -> SmsVoiceSender | SnsTextSender | None:
    """Make the sender of texts through Amazon, if it is configured. Raises `Unusable`."""
    if not texts_described(settings):
        return None
    from channels.providers.aws_sms import SmsVoiceSender, SnsTextSender

    account, sender, limit = amazon_account(settings), settings.tend_aws_text_sender, _limit(settings)
    if settings.tend_aws_texts == "sns":
        return SnsTextSender(account, sender=sender, timeout_seconds=limit)
    events = settings.tend_aws_text_configuration_set
    return SmsVoiceSender(account, sender=sender, configuration_set=events, timeout_seconds=limit)


def _twilio(settings: Settings) -> TwilioMessages | None:
    account = twilio_account(settings)
    if account is None:
        return None
    from channels.providers.twilio_messages import TwilioMessages

    return TwilioMessages(account)


def twilio_account(settings: Settings) -> TwilioAccount | None:
    """Whose Twilio account, and as whom calls are made; None where it is not configured."""
    login = settings.twilio_login
    if login is None:
        return None
    from channels.providers.twilio_messages import Account

    user, password = login
    return Account(
        sid=settings.twilio_account_sid,
        user=user,
        password=password,
        base_url=settings.twilio_base_url,
        public_url=settings.public_url,
        timeout_seconds=settings.tend_send_timeout_seconds,
    )


def twilio_files(settings: Settings) -> TwilioMedia | None:
    """Make what fetches the pictures of texts, if there is a login for it."""
    if settings.twilio_login is None:
        return None
    from channels.providers.twilio_media import TwilioMedia

    user, password = settings.twilio_login
    return TwilioMedia(user=user, password=password, base_url=settings.twilio_base_url)


def _twilio_texts(settings: Settings, twilio: TwilioMessages | None) -> TwilioSmsSender | None:
    service, number = settings.twilio_messaging_service_sid, settings.twilio_from_number
    if twilio is None or not (service or number):
        return None
    from channels.providers.twilio_sms import TwilioSmsSender

    return TwilioSmsSender(twilio, service_sid=service, from_number=number)


def _whatsapp_sender(settings: Settings, twilio: TwilioMessages | None) -> TwilioWhatsAppSender | None:
    if twilio is None or not settings.twilio_whatsapp_number:
        return None
    from channels.providers.twilio_whatsapp import TwilioWhatsAppSender

    return TwilioWhatsAppSender(
        twilio, from_number=settings.twilio_whatsapp_number, template=settings.twilio_whatsapp_template
    )


def _limit(settings: Settings) -> float:
    """A sender ends its call itself, before the caller's limit makes an unknown of it."""
    return settings.tend_send_timeout_seconds * 0.9


def mail_server(settings: Settings) -> Server:
    """The mail server in SMTP_URL. Raises `Unusable`."""
    from channels.providers.smtp import server_at

    if not settings.smtp_url:
        raise Unusable("TEND_EMAIL_VIA=smtp, and SMTP_URL is not set")
    try:
        return server_at(settings.smtp_url.reveal())
    except ValueError as error:
        raise Unusable(f"SMTP_URL: {error}") from None


def _region(settings: Settings) -> str:
    if not settings.region:
        raise Unusable("AWS_REGION is not set: name the region of your Amazon account, such as us-east-1")
    return settings.region


def amazon_account(settings: Settings) -> Account:
    """Whose Amazon account, and where. Raises `Unusable`."""
    from channels.providers.aws import Account

    return Account(
        region=_region(settings),
        access_key_id=settings.aws_access_key_id,
        secret_access_key=settings.aws_secret_access_key.reveal(),
        session_token=settings.aws_session_token.reveal(),
        endpoint_url=settings.aws_endpoint_url,
    )
