"""What all of Amazon's doors share: one client each, threads of their own, no retries behind our back, errors sorted.

boto3's own retries would hand the same message over several times after a time-out, since Amazon's send calls know no
idempotency token. Here every call is made once, and its end is one of the four things a sender may answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)
from botocore.parsers import ResponseParserError

from channels.checks import AGAIN, CannotLook
from channels.outcomes import CONFIGURATION, Deferred, Refused, SendOutcome, Sent, Unknown

_AT_ONCE = 16
_NOTHING_LEFT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
_NEVER_CALLED = (
    CredentialRetrievalError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)
_SLOWER = frozenset(
    {
        "TooManyRequestsException",
        "ThrottlingException",
        "Throttling",
        "Throttled",
        "ThrottledException",
        "RequestThrottled",
    }
)
_KEYS = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationErrorException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


_MAY_NOT = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"})
_NOT_THERE = frozenset({"NotFound", "NotFoundException", "ResourceNotFoundException", "404"})


@dataclass(frozen=True, slots=True)
class Account:
    """Whose Amazon account, and where. Empty keys: boto3 looks where it always does (roles, profiles)."""

    region: str
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    endpoint_url: str = ""


Sort = Callable[[str, str, Mapping[str, Any]], SendOutcome | None]
"""What a door makes of an error of its own: code, message and the whole answer; None where it knows none."""


class Service:
    """One of Amazon's services. `call` runs one operation in a thread and answers as a sender does."""

    def __init__(self, name: str, account: Account, *, timeout_seconds: float) -> None:
        self._client = _session().client(
            name,
            region_name=account.region or None,
            endpoint_url=account.endpoint_url or None,
            aws_access_key_id=account.access_key_id or None,
            aws_secret_access_key=account.secret_access_key or None,
            aws_session_token=account.session_token or None,
            config=Config(
                retries={"total_max_attempts": 1},
                connect_timeout=min(5.0, timeout_seconds / 3),
                read_timeout=timeout_seconds * 2 / 3,
                max_pool_connections=_AT_ONCE,
            ),
        )
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=name)

    async def call(self, operation: str, parameters: Mapping[str, Any], *, sort: Sort) -> SendOutcome:
        """Call once. `Sent` bears the MessageId; anything without proof is `Unknown`."""
        method = getattr(self._client, operation)
        running = asyncio.get_running_loop()
        try:
            answer = await running.run_in_executor(self._threads, lambda: method(**parameters))
        except ClientError as error:
            return _refused_by(error, sort)
        except _NOTHING_LEFT:
            return Deferred("Amazon could not be reached")
        except _NEVER_CALLED as error:
            return Deferred(CONFIGURATION, detail=str(error))
        except ParamValidationError as error:
            return Refused("malformed", str(error).splitlines()[-1][:300])
        except (BotoCoreError, ResponseParserError) as error:
            return Unknown(f"no answer from Amazon ({type(error).__name__})")
        message_id = answer.get("MessageId")
        return Sent(str(message_id)) if message_id else Unknown("Amazon's answer names no message")

    async def ask(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call once an operation that changes nothing. Raises `CannotLook`, or `NotThere` for what does not exist."""
        method = getattr(self._client, operation)
        try:
            answer: Mapping[str, Any] = await asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: method(**parameters)
            )
        except ClientError as error:
            raise _untold(error, operation) from None
        except (BotoCoreError, ResponseParserError, ValueError) as error:
            raise CannotLook(
                f"no answer from Amazon ({type(error).__name__})", f"see AWS_REGION, and Amazon's keys; or {AGAIN}"
            ) from None
        return answer

    async def aclose(self) -> None:
        """Let go of the threads and the connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()


class NotThere(Exception):
    """Amazon has nothing of that name in this account and region."""


@cache
def _session() -> Any:
    """One session for all clients: each reads Amazon's descriptions of its services from disk."""
    return boto3.session.Session()


def _refused_by(error: ClientError, sort: Sort) -> SendOutcome:
    answer = error.response
    code, words = str(answer.get("Error", {}).get("Code", "")), str(answer.get("Error", {}).get("Message", ""))[:300]
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if (told := sort(code, words, answer)) is not None:
        return told
    if code in _SLOWER or status == 429:
        return Deferred("Amazon says slower")
    if code in _KEYS or status in {401, 403}:
        return Deferred(CONFIGURATION, detail=f"{code}: {words}")
    if 400 <= status < 500 and code not in {"", str(status)}:
        return Refused("rejected", f"{code}: {words}")
    return Unknown(f"Amazon answered {status}")  # or somebody between: an error of Amazon's own has a name


def _untold(error: ClientError, operation: str) -> CannotLook | NotThere:
    """Say why a look came to nothing; a key that may only send is no fault."""
    answer = error.response
    code, words = str(answer.get("Error", {}).get("Code", "")), str(answer.get("Error", {}).get("Message", ""))[:200]
    if code in _NOT_THERE:
        return NotThere(words)
    if code in _MAY_NOT:
        return CannotLook("these keys may not look at it", f"allow them the action {_action(operation)}", state="off")
    if code in _KEYS:
        return CannotLook(f"Amazon does not take the keys ({code})", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    return CannotLook(f"Amazon answered {code or 'nothing that could be read'}: {words}".rstrip(": "), AGAIN)


def _action(operation: str) -> str:
    return "".join(part.capitalize() for part in operation.split("_"))
