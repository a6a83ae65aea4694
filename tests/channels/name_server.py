"""A tiny DNS server over UDP on this machine: it knows the records it is given, and how to fail."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import cast

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], Sequence[str]]
"""Records by name and kind, as a zone file writes them; `*` as the only value does not answer, `!` fails."""


class _Speaking(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        asked = dns.message.from_wire(data)
        question = asked.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        records = list(self._zone.get((name, kind), ()))
        if records == ["*"]:
            return
        answer = dns.message.make_response(asked)
        if records == ["!"]:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif records:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
        elif not any(known == name for known, _ in self._zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), addr)


@contextlib.asynccontextmanager
async def naming(zone: Zone) -> AsyncIterator[tuple[str, int]]:
    """Serve these records; yields address and port."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Speaking(zone), local_addr=("127.0.0.1", 0))
    try:
        address, port = transport.get_extra_info("sockname")[:2]
        yield address, port
    finally:
        transport.close()
