"""Webhook calls: which addresses may be called, the signature, and one POST within a fixed time.

The address comes from a client, so it is an attacker's way to let this server call others (SSRF). Therefore: https only, few
ports, the host is resolved once and the connection goes to that very address, private addresses are refused, redirects are not
followed, and all failures of the network read the same, so that nobody can learn which ports of which hosts are open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from trainer_academy.core.errors import Refusal
from trainer_academy.notices.parcels import Call, DeliveryFailed

TIMEOUT = 5.0
MAX_ANSWER = 2048
MAX_URL = 500
_TEXT = re.compile(r"[\x21-\x5b\x5d-\x7e]+")  # printable ASCII without space and backslash, which parsers read differently
_LOCAL_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
# Protocol assignments and relays: Python versions differ in whether they call parts of these global.
_NEVER = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("192.88.99.0/24"))
Resolver = Callable[..., list[Any]]


@dataclass(frozen=True)
class Target:
    """A checked address. `path` includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        is_usual = self.port == {"https": 443, "http": 80}[self.scheme]
        return name if is_usual else f"{name}:{self.port}"


def read_url(url: str, allow_private: bool = False) -> Target | Refusal:
    """The parts of a webhook address, or why it is refused. No name is looked up here."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Refusal("url.incomplete")
    if len(url) > MAX_URL or not _TEXT.fullmatch(url) or not host or "@" in parts.netloc or parts.fragment:
        return Refusal("url.parts")
    if parts.scheme not in (("https", "http") if allow_private else ("https",)):
        return Refusal("url.scheme")
    port = port if port is not None else {"https": 443, "http": 80}[parts.scheme]
    if not allow_private and port != 443 and not 8000 <= port <= 9999:
        return Refusal("url.port")
    if not allow_private and not _may_be_public(host):
        return Refusal("url.private")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


def _may_be_public(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:  # a name, or an address in a form that only the resolver reads: the check comes after the look-up
        name = host.rstrip(".")
        return "." in name and not name.endswith(_LOCAL_NAMES)


def is_public(address: str) -> bool:
    """True for an address that anybody on the internet could call. ValueError when it is not an IP address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif found not in ipaddress.ip_network("2000::/3") or found.sixtofour or found.teredo:
            return False  # outside of global unicast; tunnels that carry an IPv4 address inside
    is_odd = found.is_multicast or found.is_reserved or any(found in network for network in _NEVER)
    return found.is_global and not is_odd


def standard_secret(secret: str) -> str:
    """A stored secret as libraries for Standard Webhooks read it: `whsec_` and its bytes in base64.

    Stored secrets are older than the standard here and hold characters that its base64 has not, so all of them are coded.
    """
    return f"whsec_{base64.b64encode(secret.encode()).decode()}"


def sign(call: Call, now: datetime) -> dict[str, str]:
    """The headers of a signed call: those of Standard Webhooks, and our own from before, which go with version 0.2.

    Source: Standard Webhooks 1.0.0, symmetric signatures (`v1`).
    """
    signature = Webhook(standard_secret(call.secret)).sign(call.notice_id, now.astimezone(UTC), call.body)
    return {
        "webhook-id": call.notice_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
        "Academy-Event-Id": call.notice_id,
        "Academy-Signature": sign_as_before(call.secret, call.body, now),
    }


def sign_as_before(secret: str, body: str, now: datetime) -> str:
    """`t=<unix time>,v1=<hex HMAC-SHA256 of "t.body">`."""
    stamp = int(now.timestamp())
    digest = hmac.new(secret.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


@dataclass(frozen=True)
class WebhookSender:
    """Posts calls. `resolve` has the signature of `socket.getaddrinfo`."""

    allow_private: bool = False
    timeout: float = TIMEOUT
    resolve: Resolver = socket.getaddrinfo
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def send(self, call: Call, now: datetime) -> None:
        """Post one call. Raises DeliveryFailed: final for an answer 3xx or 4xx (but 429), else to be tried again."""
        target = read_url(call.url, self.allow_private)
        if isinstance(target, Refusal):
            raise DeliveryFailed(target.code, is_final=True, **target.values)
        headers = {
            "Host": target.host_header,
            "Content-Type": "application/json",
            "User-Agent": "Trainer-Academy-Webhook/1",
            "Connection": "close",
        } | sign(call, now)
        try:
            status = self._post(target, call.body.encode(), headers)
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
            raise DeliveryFailed("delivery.unreachable", is_final=False) from error
        if not 200 <= status < 300:
            raise DeliveryFailed("delivery.status", is_final=300 <= status < 500 and status != 429, status=status)

    def _post(self, target: Target, body: bytes, headers: dict[str, str]) -> int:
        address = self._look_up(target)
        deadline = time.monotonic() + self.timeout
        with socket.create_connection((address, target.port), timeout=self.timeout) as plain:
            if target.scheme == "http":
                with _cut_at(plain, deadline):
                    return _talk(plain, target, body, headers)
            # The handshake comes after the wrapping, so that the deadline holds for it as well.
            secure = self.tls.wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)
            with secure, _cut_at(secure, deadline):
                secure.do_handshake()
                return _talk(secure, target, body, headers)

    def _look_up(self, target: Target) -> str:
        """The one address to connect to; OSError when any of the name's addresses is private (a name may carry both)."""
        found = self.resolve(target.host, target.port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if not addresses or (not self.allow_private and not all(is_public(address) for address in addresses)):
            raise OSError("no public address")
        return addresses[0]


@contextmanager
def _cut_at(connection: socket.socket, deadline: float) -> Iterator[None]:
    """Shut the connection at the deadline: a time limit on each read alone can be stretched by one byte at a time."""
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), _shut, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if time.monotonic() >= deadline:  # a cut answer can look like a short one
        raise TimeoutError


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # closed in the meantime
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _talk(connection: socket.socket, target: Target, body: bytes, headers: dict[str, str]) -> int:
    client = http.client.HTTPConnection(target.host, target.port)
    client.auto_open = 0  # never look the name up again
    client.sock = connection
    client.request("POST", target.path, body, headers)
    with client.getresponse() as answer:
        answer.read(MAX_ANSWER)
        return answer.status
