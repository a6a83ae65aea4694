"""What the Amazon stand-in shows when it is looked at: SES account and identities, topics, numbers, whose the keys are.

Everything is well in a new one, for the domain and topic given; a test or the demo changes what should be off. Answers
are in Amazon's three manners: REST (SES v2), JSON by target (End User Messaging), queries answered in XML (SNS, STS).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from channels.standins.sns import ARN

Record = dict[str, Any]
Answer = tuple[int, "Record | str"]
_TARGET = "PinpointSMSVoiceV2."
_SES = "/v2/email/"


@dataclass
class Shown:
    """One account. `identities` and `sets` by name, `subscriptions` and `attributes` by topic."""

    domain: str = "tend.example"
    topic: str = ARN
    account: Record = field(
        default_factory=lambda: {
            "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": True,
            "SendingEnabled": True,
            "SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 12.0},
        }
    )
    identities: dict[str, Record] = field(default_factory=dict)
    sets: dict[str, Record] = field(default_factory=dict)
    attributes: dict[str, Record] = field(default_factory=dict)
    subscriptions: dict[str, list[Record]] = field(default_factory=dict)
    raw_delivery: bool = False
    sandbox: bool = False
    numbers: list[Record] = field(default_factory=list)
    pools: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.identities[self.domain] = {
            "IdentityType": "DOMAIN",
            "VerifiedForSendingStatus": True,
            "VerificationStatus": "SUCCESS",
            "DkimAttributes": {
                "SigningEnabled": True,
                "Status": "SUCCESS",
                "Tokens": ["tokena", "tokenb", "tokenc"],
                "SigningAttributesOrigin": "AWS_SES",
                "CurrentSigningKeyLength": "RSA_2048_BIT",
            },
            "MailFromAttributes": {
                "MailFromDomain": f"bounce.{self.domain}",
                "MailFromDomainStatus": "SUCCESS",
                "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
            },
        }
        destination = {"Name": "tend", "Enabled": True, "SnsDestination": {"TopicArn": self.topic}}
        told = ["SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "DELIVERY_DELAY"]
        self.sets["tend-events"] = {
            "SendingOptions": {"SendingEnabled": True},
            "EventDestinations": [destination | {"MatchingEventTypes": told}],
        }
        self.attributes[self.topic] = {"TopicArn": self.topic, "SignatureVersion": "2"}
        self.subscriptions[self.topic] = [
            {
                "SubscriptionArn": f"{self.topic}:00000000-0000-0000-0000-000000000001",
                "Protocol": "https",
                "Endpoint": f"https://{self.domain}/hooks/ses",
                "TopicArn": self.topic,
            }
        ]
        one = {
            "Status": "ACTIVE",
            "MessageType": "PROMOTIONAL",
            "TwoWayEnabled": True,
            "TwoWayChannelArn": self.topic,
            "SelfManagedOptOutsEnabled": False,
            "OptOutListName": "Default",
        }
        self.numbers.append(one | {"PhoneNumber": "+15125550199", "PhoneNumberId": "phone-1"})
        self.pools.append(one | {"PoolId": "pool-1"})

    def answer(self, path: str, target: str, form: Mapping[str, str], body: bytes) -> Answer | None:
        """Answer a look; None for anything else."""
        if path.startswith(_SES):
            return self._ses(path.removeprefix(_SES).split("/"))
        if target.startswith(_TARGET):
            return self._texts(target.removeprefix(_TARGET), json.loads(body or b"{}"))
        return self._query(form.get("Action", ""), form)

    def _ses(self, parts: list[str]) -> Answer | None:
        found: Record | None
        match parts:
            case ["account"]:
                return 200, self.account
            case ["identities", name]:
                found = self.identities.get(unquote(name))
            case ["configuration-sets", name]:
                found = self.sets.get(unquote(name))
            case ["configuration-sets", name, "event-destinations"]:
                found = self.sets.get(unquote(name))
            case _:
                return None
        return (404, {"__type": "NotFoundException", "message": "not found"}) if found is None else (200, found)

    def _texts(self, operation: str, asked: Mapping[str, Any]) -> Answer | None:
        match operation:
            case "DescribeAccountAttributes":
                tier = "SANDBOX" if self.sandbox else "PRODUCTION"
                return 200, {"AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": tier}]}
            case "DescribePhoneNumbers":
                return _chosen("PhoneNumbers", self.numbers, "PhoneNumberId", asked.get("PhoneNumberIds"))
            case "DescribePools":
                return _chosen("Pools", self.pools, "PoolId", asked.get("PoolIds"))
            case "DescribeConfigurationSets":
                named = [{"ConfigurationSetName": name} | found for name, found in self.sets.items()]
                wanted = asked.get("ConfigurationSetNames")
                return _chosen("ConfigurationSets", named, "ConfigurationSetName", wanted)
            case _:
                return None

    def _query(self, action: str, form: Mapping[str, str]) -> Answer | None:
        topic = form.get("TopicArn", "")
        if topic and action != "Publish" and topic not in self.attributes:
            return 404, _xml_error("NotFound", "Topic does not exist")
        match action:
            case "GetCallerIdentity":
                whole = (
                    "<Account>111122223333</Account><Arn>arn:aws:iam::111122223333:user/tend</Arn><UserId>A</UserId>"
                )
                return 200, _xml(action, whole)
            case "GetTopicAttributes":
                return 200, _xml(action, _entries(self.attributes[topic]))
            case "ListSubscriptionsByTopic":
                members = (
                    "".join(f"<{name}>{escape(value)}</{name}>" for name, value in each.items())
                    for each in self.subscriptions[topic]
                )
                return 200, _xml(
                    action, f"<Subscriptions>{''.join(f'<member>{each}</member>' for each in members)}</Subscriptions>"
                )
            case "GetSubscriptionAttributes":
                return 200, _xml(action, _entries({"RawMessageDelivery": str(self.raw_delivery).lower()}))
            case "GetSMSSandboxAccountStatus":
                return 200, _xml(action, f"<IsInSandbox>{str(self.sandbox).lower()}</IsInSandbox>")
            case "ListOriginationNumbers":
                members = (
                    f"<member><PhoneNumber>{each['PhoneNumber']}</PhoneNumber></member>" for each in self.numbers
                )
                return 200, _xml(action, f"<PhoneNumbers>{''.join(members)}</PhoneNumbers>")
            case _:
                return None


def _chosen(name: str, found: list[Record], by: str, wanted: list[str] | None) -> Answer:
    chosen = [each for each in found if wanted is None or each[by] in wanted]
    if wanted and not chosen:
        return 400, {"__type": "ResourceNotFoundException", "Message": "The resource does not exist."}
    return 200, {name: chosen}


def _entries(values: Mapping[str, str]) -> str:
    inside = (f"<entry><key>{name}</key><value>{escape(value)}</value></entry>" for name, value in values.items())
    return f"<Attributes>{''.join(inside)}</Attributes>"


def _xml(action: str, result: str) -> str:
    return f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"


def _xml_error(code: str, words: str) -> str:
    error = f"<Type>Sender</Type><Code>{code}</Code><Message>{words}</Message>"
    return f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
