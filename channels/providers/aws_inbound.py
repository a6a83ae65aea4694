"""What Tend asks of Amazon when something comes in: to confirm a topic, and for a mail that lies in a bucket.

boto3 runs in threads of our own, never twice for one call (no retries of its own), with time limits, so that a thread
cannot hang for ever. Clients are made in one of those threads, one for each service and region, and kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from channels.arrived_mail import MailNotThere, StoredMail
from channels.mime import MAX_BYTES
from channels.notices import CannotCheck, Notice

T = TypeVar("T")
_THREADS = 4
_GONE = frozenset({"NoSuchKey", "NoSuchBucket", "404"})
_REFUSED = frozenset({"AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAccount:
    """Whose Amazon account, and where it is asked; empty values leave it to boto3 (environment, profile, role)."""

    access_key_id: str = ""
    secret_access_key: str = ""
    session_token: str = ""
    endpoint_url: str = ""


class AwsInbound:
    """Confirms topics and fetches mail of one account."""

    def __init__(self, account: AwsAccount) -> None:
        self._account = account
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="aws inbound")
        self._lock = Lock()
        self._clients: dict[tuple[str, str], Any] = {}

    async def confirm(self, notice: Notice, region: str) -> None:
        """Confirm the subscription a notice asks for. Raises `CannotCheck`."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - half a second nobody else pays

        def call() -> None:
            self._client("sns", region).confirm_subscription(
                TopicArn=notice.topic, Token=notice.token, AuthenticateOnUnsubscribe="true"
            )

        try:
            await self._in_thread(call)
        except (BotoCoreError, ClientError) as error:
            raise CannotCheck(f"the subscription could not be confirmed: {_word(error)}") from None

    async def fetch(self, mail: StoredMail) -> bytes:
        """Fetch one mail, of a longer one the first 10 MiB. Raises `MailNotThere`."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

        def call() -> bytes:
            found = self._client("s3", mail.region).get_object(
                Bucket=mail.bucket, Key=mail.key, Range=f"bytes=0-{MAX_BYTES - 1}"
            )
            body: bytes = found["Body"].read(MAX_BYTES)
            return body

        try:
            return await self._in_thread(call)
        except ClientError as error:
            word = _word(error)
            if word in _GONE:
                raise MailNotThere("the mail is not in the bucket", permanent=True) from None
            if word == "InvalidRange":
                raise MailNotThere("the mail is empty", permanent=True) from None
            why = "the bucket may not be read" if word in _REFUSED else f"the bucket answered {word}"
            raise MailNotThere(why, permanent=False) from None
        except BotoCoreError as error:
            raise MailNotThere(f"the bucket could not be asked: {_word(error)}", permanent=False) from None

    def close(self) -> None:
        """Take no more work; what is under way ends within its time limits."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _client(self, service: str, region: str) -> Any:
        """Give the client; made under a lock, because making one is not thread-safe and using one is."""
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._made(service, region)
            return self._clients[service, region]

    def _made(self, service: str, region: str) -> Any:
        import boto3  # noqa: PLC0415 - half a second nobody else pays
        from botocore.config import Config  # noqa: PLC0415

        account = self._account
        make = partial(
            boto3.session.Session(
                aws_access_key_id=account.access_key_id or None,
                aws_secret_access_key=account.secret_access_key or None,
                aws_session_token=account.session_token or None,
            ).client,
            config=Config(
                retries={"total_max_attempts": 1},
                connect_timeout=4,
                read_timeout=10,
                max_pool_connections=_THREADS,
                s3={"addressing_style": "path"} if account.endpoint_url else None,
            ),
        )
        return make(service, region_name=region, endpoint_url=account.endpoint_url or None)


def _word(error: Any) -> str:
    answer = getattr(error, "response", None)
    return str(answer["Error"]["Code"]) if answer else type(error).__name__
