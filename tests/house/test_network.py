"""Tests talk to this machine alone."""

from __future__ import annotations

import socket

import pytest
from pytest_socket import SocketConnectBlockedError


def test_a_test_cannot_reach_past_this_machine() -> None:
    with socket.socket() as reaching, pytest.warns(match="192.0.2.1"), pytest.raises(SocketConnectBlockedError):
        reaching.connect(("192.0.2.1", 80))


def test_a_test_can_talk_to_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()[:2]) as client:
        assert client.getpeername() == server.getsockname()
