"""Sending mail: into files of the instance folder, or over SMTP."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from trainer_academy.core.errors import ConfigError
from trainer_academy.notices.parcels import DeliveryFailed, Letter

TIMEOUT = 10.0


class MailSender(Protocol):
    """Takes one letter, or raises DeliveryFailed. Taking a letter twice is possible: its Message-ID stays the same."""

    def send(self, letter: Letter) -> None: ...


def compose(letter: Letter, sender: str) -> EmailMessage:
    """The mail. Its Message-ID is made from the notice, so that a mail program can drop a second copy."""
    # Headers stay ASCII (encoded words) unless the address itself needs a server that knows SMTPUTF8.
    message = EmailMessage(policy=policy.SMTP if letter.address.isascii() else policy.SMTPUTF8)
    message["From"] = sender
    if "=?" in letter.address:  # an encoded word would be decoded into another address
        raise DeliveryFailed("delivery.address", is_final=True)
    try:
        message["To"] = letter.address
    except ValueError as error:
        raise DeliveryFailed("delivery.address", is_final=True) from error
    message["Subject"] = " ".join(letter.subject.split())  # a line break would start another header
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.notice_id}@{sender.rpartition('@')[2].strip('> ') or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message


@dataclass(frozen=True)
class FileMail:
    """Writes each mail as `<notice>.eml` into a folder; a second copy replaces the first."""

    folder: Path
    sender: str

    def send(self, letter: Letter) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.folder / f".{letter.notice_id}.{os.getpid()}"
        draft.write_bytes(compose(letter, self.sender).as_bytes())
        draft.replace(self.folder / f"{letter.notice_id}.eml")


@dataclass(frozen=True)
class SmtpMail:
    """Sends over `smtp://` (with STARTTLS where the server has it, and always before a password) or `smtps://`."""

    url: SplitResult = field(repr=False)
    sender: str
    connect: Callable[..., smtplib.SMTP] = smtplib.SMTP
    connect_tls: Callable[..., smtplib.SMTP] = smtplib.SMTP_SSL

    def send(self, letter: Letter) -> None:
        try:
            with self._open() as server:
                server.send_message(compose(letter, self.sender))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise DeliveryFailed("delivery.refused", is_final=min(codes) >= 500, status=codes[0]) from error
        except smtplib.SMTPResponseException as error:
            raise DeliveryFailed("delivery.mail_status", is_final=False, status=error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryFailed("delivery.no_mail_server", is_final=False) from error

    def _open(self) -> smtplib.SMTP:
        tls, host = ssl.create_default_context(), self.url.hostname or ""
        if self.url.scheme == "smtps":
            server = self.connect_tls(host, self.url.port or 465, timeout=TIMEOUT, context=tls)
        else:
            server = self.connect(host, self.url.port or 587, timeout=TIMEOUT)
            server.ehlo()
            if server.has_extn("starttls") or self.url.password:
                server.starttls(context=tls)
        if self.url.username and self.url.password:
            server.login(unquote(self.url.username), unquote(self.url.password))
        return server


def make_mail_sender(mail_url: str, sender: str, folder: Path) -> MailSender:
    """The sender for TA_MAIL_URL: `file`, `smtp://...` or `smtps://...`. Raises ConfigError for anything else."""
    if mail_url == "file":
        return FileMail(folder, sender)
    parts = urlsplit(mail_url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ConfigError("TA_MAIL_URL must be `file`, `smtp://user:password@host:587` or `smtps://user:password@host:465`.")
    return SmtpMail(parts, sender)
