"""The outbox is delivered once, retried with pauses, and cannot be used to call private addresses."""

from __future__ import annotations

import email
import hashlib
import hmac
import http.server
import json
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email import policy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlmodel import Session, col, select
from standardwebhooks import Webhook, WebhookVerificationError

from trainer_academy.accounts import people
from trainer_academy.core.db import Database
from trainer_academy.core.errors import ConfigError, Refusal
from trainer_academy.notices import delivery, endpoints
from trainer_academy.notices.delivery import PAUSES, PostOffice, deliver_due
from trainer_academy.notices.invitations import add_invitation_mail
from trainer_academy.notices.mail import FileMail, SmtpMail, make_mail_sender
from trainer_academy.notices.models import Notice
from trainer_academy.notices.outbox import add_message, add_webhook
from trainer_academy.notices.parcels import Call, DeliveryFailed, Letter, Parcel
from trainer_academy.notices.webhooks import Target, WebhookSender, is_public, read_url, sign, standard_secret

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRET = "whsec_test"


# --- a receiver on this machine ------------------------------------------------------------------------------------------


@dataclass
class Seen:
    """What a receiver got, and what it answers."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"thanks"
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiver(seen: Seen, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            seen.calls.append((self.path, dict(self.headers), content))
            self.send_response(seen.status)
            for name, value in seen.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(seen.body)

        def log_message(self, *_args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def dripping_server() -> Iterator[int]:
    """Answers one byte every 0.1 seconds, for ever: each single read is fast enough."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not stop.wait(0.1):
                    try:
                        connection.sendall(b"a")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        stop.set()
        thread.join(2)


class Recorder:
    """A sender that keeps what it gets, or fails as told."""

    def __init__(self, fail: Callable[[Parcel], DeliveryFailed | None] = lambda _: None) -> None:
        self.parcels: list[Parcel] = []
        self.fail = fail

    def send(self, parcel: Parcel, now: datetime) -> None:
        self.parcels.append(parcel)
        if (failure := self.fail(parcel)) is not None:
            raise failure


def no_answer(_parcel: Parcel) -> DeliveryFailed:
    return DeliveryFailed("no answer", is_final=False)


def private_sender(**options: Any) -> WebhookSender:
    return WebhookSender(allow_private=True, **options)


def call_to(url: str) -> Call:
    return Call("notice-1", url, SECRET, '{"a": 1}')


@pytest.fixture
def person(session: Session) -> int:
    user = people.create_user(session, "mai@example.org", "Mai", "hash", NOW)
    session.commit()
    assert user.id is not None
    return user.id


@pytest.fixture
def client_id(session: Session, person: int) -> int:
    client = people.create_organization(session, "client", "Buyer Ltd", NOW)
    assert client.id is not None
    endpoints.set_endpoint(session, client.id, "https://hooks.example.org/in", person, NOW)
    session.commit()
    return client.id


def notice(database: Database, notice_id: str) -> Notice:
    with database.reader() as session:
        return session.get_one(Notice, notice_id)


# --- the outbox ----------------------------------------------------------------------------------------------------------


def test_a_mail_is_delivered_once(database: Database, session: Session, person: int) -> None:
    stored = add_message(session, person, "exam_result", "Passed", "Well done", NOW)
    session.commit()
    sender = Recorder()
    assert deliver_due(database, sender, NOW) == 1
    assert deliver_due(database, sender, NOW + timedelta(days=9)) == 0
    assert sender.parcels == [Letter(stored.id, "mai@example.org", "Passed", "Well done", NOW)]
    sent = notice(database, stored.id)
    assert (sent.status, sent.tries, sent.sent_at) == ("sent", 1, NOW)


def test_what_is_not_committed_or_not_due_is_not_sent(database: Database, session: Session, person: int) -> None:
    add_message(session, person, "later", "Later", "x", NOW + timedelta(minutes=1))
    session.commit()
    add_message(session, person, "undone", "Undone", "x", NOW)
    session.rollback()
    sender = Recorder()
    assert deliver_due(database, sender, NOW) == 0
    assert sender.parcels == []


def test_people_without_mail_get_the_message_on_the_page_only(database: Database, session: Session) -> None:
    user = people.create_user(session, "4TF-9KQ-2WX", "Ann", "hash", NOW)
    assert user.id is not None
    stored = add_message(session, user.id, "exam_result", "Passed", "Well done", NOW)
    session.commit()
    assert (stored.channel, stored.status) == ("page", "sent")
    assert deliver_due(database, Recorder(), NOW) == 0


def test_failures_are_tried_again_with_growing_pauses_and_then_given_up(
    database: Database, session: Session, person: int
) -> None:
    stored = add_message(session, person, "k", "s", "b", NOW)
    session.commit()
    sender, moment = Recorder(no_answer), NOW
    for number, pause in enumerate(PAUSES, 1):
        deliver_due(database, sender, moment)
        waiting = notice(database, stored.id)
        assert (waiting.status, waiting.tries, waiting.due_at) == ("queued", number, moment + pause)
        assert deliver_due(database, sender, moment + pause - timedelta(seconds=1)) == 0
        moment += pause
    deliver_due(database, sender, moment)
    given_up = notice(database, stored.id)
    assert (given_up.status, given_up.tries, given_up.last_error) == ("dead", 7, "no answer")
    deliver_due(database, sender, moment + timedelta(days=30))
    assert len(sender.parcels) == 7


def test_a_final_failure_is_given_up_at_once(database: Database, session: Session, person: int) -> None:
    stored = add_message(session, person, "k", "s", "b", NOW)
    session.commit()
    deliver_due(database, Recorder(lambda _: DeliveryFailed("refused", is_final=True)), NOW)
    assert (notice(database, stored.id).status, notice(database, stored.id).last_error) == ("dead", "refused")


def test_a_success_after_a_failure_clears_the_error(database: Database, session: Session, person: int) -> None:
    stored = add_message(session, person, "k", "s", "b", NOW)
    session.commit()
    deliver_due(database, Recorder(no_answer), NOW)
    assert deliver_due(database, Recorder(), NOW + PAUSES[0]) == 1
    sent = notice(database, stored.id)
    assert (sent.status, sent.tries, sent.last_error) == ("sent", 2, "")


def test_a_crash_while_sending_gives_the_notice_back_after_ten_minutes(
    database: Database, session: Session, person: int
) -> None:
    stored = add_message(session, person, "k", "s", "b", NOW)
    session.commit()

    def crash(_parcel: Parcel) -> DeliveryFailed:
        raise RuntimeError("the worker dies here")

    with pytest.raises(RuntimeError):
        deliver_due(database, Recorder(crash), NOW)
    assert notice(database, stored.id).status == "sending"
    assert deliver_due(database, Recorder(), NOW + timedelta(minutes=9, seconds=59)) == 0
    assert deliver_due(database, Recorder(), NOW + timedelta(minutes=10)) == 1


def test_a_notice_that_always_crashes_the_worker_ends(database: Database, session: Session, person: int) -> None:
    stored = add_message(session, person, "k", "s", "b", NOW)
    session.commit()
    for number in range(7):
        assert delivery.claim_notice(session, stored.id, NOW + number * delivery.LEASE) is not None
    assert delivery.claim_notice(session, stored.id, NOW + 7 * delivery.LEASE) is None
    session.commit()
    assert notice(database, stored.id).status == "dead"


def test_only_one_worker_gets_a_notice(database: Database, session: Session, person: int) -> None:
    stored = [add_message(session, person, "k", f"number {number}", "b", NOW).id for number in range(12)]
    session.commit()
    sender, start = Recorder(), threading.Barrier(4)

    def work() -> None:
        start.wait()
        deliver_due(database, sender, NOW)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(parcel.notice_id for parcel in sender.parcels) == sorted(stored)


def test_a_late_worker_does_not_overwrite_the_one_after_it(database: Database, session: Session, person: int) -> None:
    stored = add_message(session, person, "k", "s", "b", NOW)
    first = delivery.claim_notice(session, stored.id, NOW)
    second = delivery.claim_notice(session, stored.id, NOW + delivery.LEASE)
    assert first is not None
    assert second is not None
    delivery.settle_failure(session, first, DeliveryFailed("late", is_final=True), NOW)
    session.commit()
    assert notice(database, stored.id).status == "sending"


def test_closed_accounts_get_no_mail(database: Database, session: Session, person: int) -> None:
    user = people.find_user(session, "mai@example.org")
    assert user is not None
    user.is_active = False
    stored = add_message(session, person, "k", "s", "b", NOW)
    session.commit()
    sender = Recorder()
    deliver_due(database, sender, NOW)
    assert (sender.parcels, notice(database, stored.id).status) == ([], "dead")


def test_an_address_that_does_not_answer_holds_up_only_its_own_calls(
    database: Database, session: Session, person: int, client_id: int
) -> None:
    calls = [add_webhook(session, client_id, "offer.accepted", {"n": n}, NOW) for n in range(3)]
    add_message(session, person, "k", "s", "b", NOW)
    session.commit()
    sender = Recorder(lambda parcel: no_answer(parcel) if isinstance(parcel, Call) else None)
    assert deliver_due(database, sender, NOW) == 1
    assert len(sender.parcels) == 2, "one call that fails, and the mail; the other calls wait without a try"
    waiting = [notice(database, call.id) for call in calls if call]
    assert {item.due_at for item in waiting} == {NOW + PAUSES[0]}
    assert sorted(item.tries for item in waiting) == [0, 0, 1]


def test_a_webhook_that_was_switched_off_is_not_called(
    database: Database, session: Session, person: int, client_id: int
) -> None:
    stored = add_webhook(session, client_id, "offer.accepted", {}, NOW)
    endpoints.switch_off(session, client_id, person, NOW)
    session.commit()
    sender = Recorder()
    deliver_due(database, sender, NOW)
    assert stored is not None
    assert (sender.parcels, notice(database, stored.id).status) == ([], "dead")
    assert add_webhook(session, client_id, "offer.accepted", {}, NOW) is None


@pytest.mark.parametrize("is_used", [False, True])
def test_an_invitation_goes_to_its_address_while_it_is_open(
    database: Database, session: Session, person: int, is_used: bool
) -> None:
    vendor = people.create_organization(session, "vendor", "Kivu Data", NOW)
    assert vendor.id is not None
    invitation = people.invite(session, vendor.id, "staff", person, NOW, email="new@example.org")
    values = {"name": "Ann", "vendor": "Kivu Data", "address": "https://a.example/join", "code": invitation.code}
    add_invitation_mail(session, invitation, values | {"expires_at": invitation.expires_at}, NOW)
    if is_used:
        people.accept_invitation(session, invitation, person, NOW)
    session.commit()
    sender = Recorder()
    assert deliver_due(database, sender, NOW) == (0 if is_used else 1)
    assert [parcel.address for parcel in sender.parcels if isinstance(parcel, Letter)] == (
        [] if is_used else ["new@example.org"]
    )


def test_the_stop_signal_ends_the_delivery_between_two_notices(database: Database, session: Session, person: int) -> None:
    for _ in range(3):
        add_message(session, person, "k", "s", "b", NOW)
    session.commit()
    stopping = threading.Event()

    def stop(_parcel: Parcel) -> None:
        stopping.set()

    assert deliver_due(database, Recorder(stop), NOW, stopping=stopping) == 1


# --- mail ----------------------------------------------------------------------------------------------------------------


def letter(**changes: Any) -> Letter:
    values: dict[str, Any] = {"notice_id": "n-1", "address": "mai@example.org", "created_at": NOW}
    values |= {"subject": "Résultat: 你好", "body": "Line one\nLine two"}
    return Letter(**(values | changes))


def test_file_mail_writes_a_whole_mail(tmp_path: Path) -> None:
    FileMail(tmp_path / "mail", "Academy <academy@school.example>").send(letter())
    assert [file.name for file in (tmp_path / "mail").iterdir()] == ["n-1.eml"], "no half-written file stays"
    mail = email.message_from_bytes((tmp_path / "mail" / "n-1.eml").read_bytes(), policy=policy.default)
    assert (mail["To"], mail["Subject"], mail["Message-ID"]) == ("mai@example.org", "Résultat: 你好", "<n-1@school.example>")
    assert mail.get_content().splitlines() == ["Line one", "Line two"]
    assert b"Subject: =?utf-8?" in (tmp_path / "mail" / "n-1.eml").read_bytes()


def test_the_same_letter_twice_is_one_file(tmp_path: Path) -> None:
    for _ in range(2):
        FileMail(tmp_path, "academy@school.example").send(letter())
    assert len(list(tmp_path.iterdir())) == 1


def test_a_line_break_in_the_subject_starts_no_header(tmp_path: Path) -> None:
    FileMail(tmp_path, "academy@school.example").send(letter(subject="Hi\r\nBcc: all@example.org"))
    mail = email.message_from_bytes((tmp_path / "n-1.eml").read_bytes(), policy=policy.default)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hi Bcc: all@example.org"


class FakeServer:
    """Stands in for smtplib.SMTP."""

    def __init__(self, error: Exception | None = None, has_tls: bool = True) -> None:
        self.error, self.has_tls, self.done = error, has_tls, []  # type: ignore[var-annotated]

    def __call__(self, host: str, port: int, **_options: Any) -> FakeServer:
        self.done.append(f"connect {host}:{port}")
        return self

    def __enter__(self) -> FakeServer:
        return self

    def __exit__(self, *_args: object) -> None:
        self.done.append("quit")

    def ehlo(self) -> None: ...

    def has_extn(self, _name: str) -> bool:
        return self.has_tls

    def starttls(self, **_options: Any) -> None:
        if not self.has_tls:
            raise smtplib.SMTPNotSupportedError("no STARTTLS")
        self.done.append("starttls")

    def login(self, user: str, password: str) -> None:
        self.done.append(f"login {user} {password}")

    def send_message(self, message: Any) -> None:
        if self.error:
            raise self.error
        self.done.append(f"mail to {message['To']}")


def smtp(url: str, server: Any) -> SmtpMail:
    return SmtpMail(urlsplit(url), "a@school.example", connect=server, connect_tls=server)


def test_smtp_uses_tls_before_the_password() -> None:
    server = FakeServer()
    smtp("smtp://user:p%40ss@mail.example", server).send(letter())
    assert server.done == ["connect mail.example:587", "starttls", "login user p@ss", "mail to mai@example.org", "quit"]


def test_smtp_sends_no_password_without_tls() -> None:
    server = FakeServer(has_tls=False)
    with pytest.raises(DeliveryFailed):
        smtp("smtp://user:pass@mail.example:25", server).send(letter())
    assert not any(step.startswith("login") for step in server.done)


@pytest.mark.parametrize(
    ("error", "is_final"),
    [
        (smtplib.SMTPRecipientsRefused({"mai@example.org": (550, b"no such user")}), True),
        (smtplib.SMTPRecipientsRefused({"mai@example.org": (450, b"try later")}), False),
        (smtplib.SMTPAuthenticationError(535, b"bad password"), False),
        (smtplib.SMTPServerDisconnected("gone"), False),
        (TimeoutError("slow"), False),
    ],
)
def test_smtp_errors_say_whether_another_try_helps(error: Exception, is_final: bool) -> None:
    with pytest.raises(DeliveryFailed) as failure:
        smtp("smtp://mail.example", FakeServer(error)).send(letter())
    assert failure.value.is_final is is_final


def test_the_mail_url_is_checked(tmp_path: Path) -> None:
    assert isinstance(make_mail_sender("file", "a@x.example", tmp_path), FileMail)
    sender = make_mail_sender("smtps://user:topsecret@mail.example", "a@x.example", tmp_path)
    assert "topsecret" not in repr(sender)
    for wrong in ("smtp:", "http://mail.example", "nonsense"):
        with pytest.raises(ConfigError):
            make_mail_sender(wrong, "a@x.example", tmp_path)


# --- webhooks ------------------------------------------------------------------------------------------------------------


def test_a_call_arrives_signed(database: Database, session: Session, person: int) -> None:
    seen = Seen()
    with receiver(seen) as port:
        client = people.create_organization(session, "client", "Buyer Ltd", NOW)
        assert client.id is not None
        secret = endpoints.set_endpoint(session, client.id, f"http://127.0.0.1:{port}/in?x=1", person, NOW)
        stored = add_webhook(session, client.id, "offer.accepted", {"offer_id": 7}, NOW)
        session.commit()
        assert deliver_due(database, PostOffice(FileMail(Path("unused"), "a@b.c"), private_sender()), NOW) == 1
    assert stored is not None
    path, headers, body = seen.calls[0]
    stamp = int(NOW.timestamp())
    expected = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["Academy-Signature"] == f"t={stamp},v1={expected}"
    assert (path, headers["Academy-Event-Id"], headers["Content-Type"]) == ("/in?x=1", stored.id, "application/json")
    assert json.loads(body)["data"] == {"offer_id": 7}
    assert notice(database, stored.id).status == "sent"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (stored.id, str(stamp))


# One secret of each making: with the two characters that base64 proper has not, without them, and of another length.
SECRETS = (
    "whsec_a-b_c-d_e-f_g-h_i-j_k-l_m-n_o-p_q-r_s-t_u",
    "whsec_0123456789012345678901234567890123456789012",
    "whsec_short",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_standard_library_reads_our_signature_with_secrets_of_any_age(secret: str) -> None:
    now = datetime.now(UTC).replace(microsecond=700_000)
    call = Call("event-1", "https://hooks.example.org/", secret, '{"data": {"name": "Zoë"}}')
    headers = sign(call, now)
    reader = Webhook(standard_secret(secret))
    assert reader.verify(call.body, headers) == {"data": {"name": "Zoë"}}
    for wrong in ({"webhook-id": "event-2"}, {"webhook-timestamp": str(int(now.timestamp()) - 1)}):
        with pytest.raises(WebhookVerificationError):
            reader.verify(call.body, headers | wrong)
    with pytest.raises(WebhookVerificationError):
        reader.verify(call.body + " ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(standard_secret(f"{secret}x")).verify(call.body, headers)
    with pytest.raises(WebhookVerificationError):
        reader.verify(call.body, sign(call, now - timedelta(minutes=6)))


def test_the_time_of_a_signature_does_not_depend_on_the_zone() -> None:
    call = Call("event-1", "https://hooks.example.org/", SECRETS[0], "{}")
    assert sign(call, NOW) == sign(call, NOW.astimezone(timezone(timedelta(hours=5))))


FINAL = {301: True, 302: True, 400: True, 404: True, 410: True, 429: False, 500: False, 503: False}


@pytest.mark.parametrize(("status", "is_final"), FINAL.items())
def test_statuses_say_whether_another_try_helps(status: int, is_final: bool) -> None:
    with receiver(Seen(status=status)) as port, pytest.raises(DeliveryFailed) as failure:
        private_sender().send(call_to(f"http://127.0.0.1:{port}/"), NOW)
    assert failure.value.is_final is is_final


def test_redirects_are_not_followed() -> None:
    inner = Seen()
    with receiver(inner) as hidden:
        outer = Seen(status=307, headers={"Location": f"http://127.0.0.1:{hidden}/"})
        with receiver(outer) as port, pytest.raises(DeliveryFailed):
            private_sender().send(call_to(f"http://127.0.0.1:{port}/"), NOW)
    assert (len(outer.calls), len(inner.calls)) == (1, 0)


def test_a_large_answer_is_not_read() -> None:
    with receiver(Seen(body=b"x" * 30_000_000)) as port:
        started = time.monotonic()
        private_sender().send(call_to(f"http://127.0.0.1:{port}/"), NOW)
        assert time.monotonic() - started < 1


def test_an_answer_that_drips_is_cut_off() -> None:
    with dripping_server() as port:
        started = time.monotonic()
        with pytest.raises(DeliveryFailed) as failure:
            private_sender(timeout=0.6).send(call_to(f"http://127.0.0.1:{port}/"), NOW)
        assert time.monotonic() - started < 2
    assert failure.value.is_final is False


def test_open_closed_and_strange_ports_read_the_same() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        free = closed.getsockname()[1]
    words = set()
    with socket.create_server(("127.0.0.1", 0)) as silent, receiver(Seen()) as http_port:
        open_port = silent.getsockname()[1]
        for url in (
            f"http://127.0.0.1:{free}/",
            f"http://127.0.0.1:{open_port}/",
            f"https://127.0.0.1:{http_port}/",
            "http://does-not-exist.invalid/",
        ):
            with pytest.raises(DeliveryFailed) as failure:
                private_sender(timeout=0.4).send(call_to(url), NOW)
            words.add((str(failure.value), failure.value.is_final))
    assert words == {("delivery.unreachable", False)}


def resolver(*addresses: str) -> Callable[..., list[Any]]:
    """Answers each question about a name with the next of these addresses."""
    answers = list(addresses)

    def resolve(_host: str, port: int, **_options: Any) -> list[Any]:
        address = answers.pop(0)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    return resolve


PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.9.9",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12::1",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:7f00:1::1",
    "2001:db8::1",
    "100::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_public(address: str) -> None:
    assert is_public(address) is False


@pytest.mark.parametrize("address", ["8.8.8.8", "193.0.14.129", "2a00:1450:4001:81c::200e", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address) is True


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_to_a_private_address_is_not_called(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connections: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *args, **_: connections.append(args))
    with pytest.raises(DeliveryFailed) as failure:
        WebhookSender(resolve=resolver(address)).send(call_to("https://hooks.example.org/"), NOW)
    assert (connections, str(failure.value)) == ([], "delivery.unreachable")


def test_a_name_with_a_public_and_a_private_address_is_not_called() -> None:
    both = [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    with pytest.raises(DeliveryFailed, match=r"^delivery\.unreachable$"):
        WebhookSender(resolve=lambda *_args, **_options: both).send(call_to("https://hooks.example.org/"), NOW)


def test_the_name_is_looked_up_once_and_that_address_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rebinding name server would give a private address to the second question."""
    asked: list[object] = []

    def connect(address: object, **_options: object) -> socket.socket:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(DeliveryFailed):
        WebhookSender(resolve=resolver("8.8.8.8", "127.0.0.1")).send(call_to("https://hooks.example.org:8443/"), NOW)
    assert asked == [("8.8.8.8", 8443)]


REFUSED_URLS = [
    "http://hooks.example.org/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://example.org/",
    "//hooks.example.org/",
    "https://",
    "https:///in",
    "hooks.example.org",
    "",
    "https://user@hooks.example.org/",
    "https://user:pw@hooks.example.org/",
    "https://hooks.example.org:22/",
    "https://hooks.example.org:80/",
    "https://hooks.example.org:5432/",
    "https://hooks.example.org:0/",
    "https://hooks.example.org:99999/",
    "https://hooks.example.org:abc/",
    "https://hooks.example.org/#part",
    "https://hooks.example.org/a b",
    "https://hooks.example.org\\@10.0.0.1/",
    "https://hooks.example.org/\r\nHost: x",
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://10.1.2.3/",
    "https://169.254.169.254/latest/meta-data/",
    "https://localhost/",
    "https://localhost:9000/",
    "https://db.internal/",
    "https://printer.local/",
    "https://app.localhost/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://intranet/",
    "https://[fe80::1%25eth0]/",
    "https://hooks.example.org/" + "a" * 500,
    "https://ex\u00e4mple.org/",
    "https://[::1",
]


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_addresses_that_are_refused_when_they_are_typed(url: str) -> None:
    assert isinstance(read_url(url), Refusal)


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_addresses_that_are_refused_are_not_called_either(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_args, **_options: pytest.fail("it connected"))
    with pytest.raises(DeliveryFailed) as failure:
        WebhookSender(resolve=resolver("8.8.8.8")).send(call_to(url), NOW)
    assert failure.value.is_final


@pytest.mark.parametrize("url", ["https://127.1/", "https://0177.0.0.1/", "https://0x7f.1:8443/", "https://127.0.0.1./"])
def test_odd_spellings_of_this_machine_are_not_called(url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)), pytest.raises(DeliveryFailed):
        WebhookSender(timeout=1).send(call_to(url), NOW)


def test_good_addresses_are_taken_apart() -> None:
    assert read_url("https://hooks.example.org") == Target("https", "hooks.example.org", 443, "/")
    assert read_url("https://Hooks.Example.org:8443/a?b=c") == Target("https", "hooks.example.org", 8443, "/a?b=c")
    assert read_url("http://127.0.0.1:5000/x", allow_private=True) == Target("http", "127.0.0.1", 5000, "/x")


def certificate_for(name: str, folder: Path) -> Path:
    """A self-signed certificate with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.parametrize(("host", "is_trusted"), [("hooks.example.org", True), ("other.example.org", False)])
def test_https_checks_the_name_although_it_connects_to_an_address(host: str, is_trusted: bool, tmp_path: Path) -> None:
    file = certificate_for("hooks.example.org", tmp_path)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(file)
    sender = WebhookSender(allow_private=True, resolve=resolver("127.0.0.1"), tls=ssl.create_default_context(cafile=str(file)))
    seen = Seen()
    with receiver(seen, server_side) as port:
        call = call_to(f"https://{host}:{port}/in")
        if is_trusted:
            sender.send(call, NOW)
            assert seen.calls[0][1]["Host"] == f"hooks.example.org:{port}"
        else:
            with pytest.raises(DeliveryFailed, match=r"^delivery\.unreachable$"):
                sender.send(call, NOW)
            assert seen.calls == []


# --- the endpoint of an organization -------------------------------------------------------------------------------------


def test_a_new_address_keeps_the_secret_and_a_new_secret_replaces_it(session: Session, person: int, client_id: int) -> None:
    before = endpoints.find_endpoint(session, client_id)
    assert before is not None
    old = before.secret
    assert endpoints.set_endpoint(session, client_id, "https://hooks.example.org/two", person, NOW) == ""
    session.refresh(before)
    assert (before.url, before.secret) == ("https://hooks.example.org/two", old)
    assert endpoints.renew_secret(session, client_id, person, NOW) not in ("", old)


def test_test_calls_are_limited(session: Session, client_id: int) -> None:
    outcomes = [endpoints.add_test_call(session, client_id, NOW) for _ in range(11)]
    assert [isinstance(outcome, Refusal) for outcome in outcomes] == [False] * 10 + [True]
    assert isinstance(endpoints.add_test_call(session, client_id, NOW + timedelta(minutes=11)), Notice)


def test_the_log_shows_own_calls_only(session: Session, person: int, client_id: int) -> None:
    other = people.create_organization(session, "client", "Other Ltd", NOW)
    assert other.id is not None
    endpoints.set_endpoint(session, other.id, "https://other.example.org/", person, NOW)
    for number in range(25):
        add_webhook(session, client_id, "offer.accepted", {"n": number}, NOW + timedelta(seconds=number))
        add_webhook(session, other.id, "offer.declined", {"n": number}, NOW)
    endpoint = endpoints.find_endpoint(session, client_id)
    assert endpoint is not None
    calls = endpoints.recent_calls(session, endpoint.id)
    assert [json.loads(call.body)["data"]["n"] for call in calls] == list(range(24, 4, -1))
    assert session.exec(select(Notice).where(col(Notice.kind) == "offer.declined")).first() not in calls
