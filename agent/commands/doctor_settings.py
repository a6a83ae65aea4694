"""The settings as `tend doctor` lists them: each with ok, off or broken, what is in force, and the next thing to do.

A secret is said to be set or not, and never shown.
"""

from __future__ import annotations

from agent.commands.finding import Finding
from agent.settings import Looked

_EMPTY = {
    "TEND_DATABASE_URL": "empty: an SQLite file in the data folder",
    "TEND_SEND_ONLY_TO": "empty: every lead may be written to",
    "TEND_SECRET_KEY": "empty: the key is in the data folder",
    "TEND_TEAM_FILE": "empty: team.toml in the data folder",
    "TEND_LLM_API": "empty: responses for OpenAI's own, chat for any other address",
    "OPENAI_BASE_URL": "empty: OpenAI's own",
    "TEND_EMAILS_PER_SECOND": "empty: 10 when sending live, no limit in the sandbox",
    "TEND_EMAIL_VIA": "empty: SMTP where SMTP_URL is set, else Amazon SES",
    "TEND_SES_CONFIGURATION_SET": "empty: SES tells nothing of bounces and complaints",
    "TEND_AWS_TEXTS": "empty: no texts through Amazon",
    "TEND_AWS_TEXT_SENDER": "empty: only texts through Amazon need it",
    "TEND_AWS_TEXT_CONFIGURATION_SET": "empty: Amazon tells nothing of what became of a text",
    "SMTP_URL": "empty: email does not leave by SMTP",
    "AWS_REGION": "empty: AWS_DEFAULT_REGION counts",
    "AWS_DEFAULT_REGION": "empty: AWS_REGION counts",
    "AWS_ACCESS_KEY_ID": "empty: boto3 looks where it always looks",
    "AWS_SECRET_ACCESS_KEY": "empty: boto3 looks where it always looks",
    "AWS_SESSION_TOKEN": "empty: the keys are not temporary ones",
    "AWS_ENDPOINT_URL": "empty: Amazon's own",
    "TWILIO_API_KEY": "empty: calls are made with the account's own token",
    "TWILIO_API_SECRET": "empty: calls are made with the account's own token",
    "TWILIO_MESSAGING_SERVICE_SID": "empty: texts go from TWILIO_FROM_NUMBER",
    "TWILIO_FROM_NUMBER": "empty: texts go from the Messaging Service",
    "TWILIO_WHATSAPP_TEMPLATE": "empty: WhatsApp within 24 hours only",
    "TWILIO_WEBHOOK_KEYS": "empty: webhooks are signed with the auth token",
}
"""What an empty setting means where that is as good as any other value."""

_OFF = {
    "TEND_EMAIL_HOOK_TOKEN": ("not set: no email reply is heard", "set it to a long random word"),
    "TEND_SNS_TOPICS": ("not set: Amazon's notices are refused", "set it to the ARNs of your topics"),
    "OPENAI_API_KEY": ("not set: the local reader reads", "set it to let a language model read"),
    "TWILIO_ACCOUNT_SID": ("not set: no text leaves", "set it from Twilio's console"),
    "TWILIO_WHATSAPP_NUMBER": ("not set: nothing goes over WhatsApp", "set it to your WhatsApp sender's number"),
    "TWILIO_AUTH_TOKEN": ("not set: no text is heard", "set it from Twilio's console"),
    "FUB_API_KEY": ("not set: Follow Up Boss is off", "set it from Follow Up Boss, Admin, API"),
    "FUB_SYSTEM": ("not set: half the rate limit", "set it to your registered system's name"),
    "FUB_SYSTEM_KEY": ("not set: the webhook is closed", "set it to your registered system's key"),
}
"""What is off while a setting is empty, and what would turn it on."""


def finding_of(setting: Looked) -> Finding:
    """Say how one setting stands."""
    name = setting.name
    if setting.wrong:
        return Finding(name, "broken", setting.wrong, "mend that line in .env or the environment")
    if setting.given:
        return Finding(name, "ok", "set" if setting.secret else setting.value)
    if name in _OFF:
        return Finding(name, "off", *_OFF[name])
    return Finding(name, "ok", _EMPTY.get(name) or f"{setting.value}, as shipped")
