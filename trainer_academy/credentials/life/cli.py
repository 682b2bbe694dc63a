"""Commands for signing keys and the public logs: `flask --app wsgi credentials ...`."""

from __future__ import annotations

import sys
from itertools import islice

import click
from flask.cli import AppGroup
from sqlmodel import Session

from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.core.errors import ConfigError, Refusal
from trainer_academy.credentials.life import log_check, logs, queries, reissuing, revoking
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.signing.keys import KINDS, Kind
from trainer_academy.web.context import get
from trainer_academy.web.words import say

credentials = AppGroup("credentials", help="Signing keys, the public logs, and certificates that are withdrawn.")
MAX_SHOWN = 100


@credentials.command("rotate-key")
@click.option("--kind", type=click.Choice([*KINDS, "both"]), default="both", help="key: embedded proofs; jwt: the JWT form.")
def rotate_key(kind: str) -> None:
    """Make the signing keys of this month. Old certificates keep verifying: old keys stay published."""
    issuer, now = get(Issuer), utc_now()
    refused = 0
    for one in KINDS if kind == "both" else [_read_kind(kind)]:
        outcome = issuer.keys.rotate(now, one)
        refused += isinstance(outcome, Refusal)
        click.echo(say(outcome) if isinstance(outcome, Refusal) else f"{outcome} signs from now on.")
    with get(Database).writing() as session:
        logs.record_did(session, issuer.signer, "A new key was made.", now)
        session.commit()
    if refused:
        sys.exit(1)


@credentials.command("change-passphrase")
@click.option("--old", prompt="TA_KEY_PASSPHRASE until now, or TA_SECRET_KEY when that was empty", hide_input=True)
def change_passphrase(old: str) -> None:
    """Encrypt the keys with the passphrase of today; asks for the old one, or for the old secret key that it came from."""
    try:
        count = get(Issuer).keys.change_passphrase(old)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{count} keys are encrypted with the new passphrase.")


@credentials.command("compromise")
@click.argument("name")
@click.option("--reason", required=True, help="It is published in the history of did.json.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def compromise(name: str, reason: str, yes: bool) -> None:
    """Take the key NAME out of did.json and sign again everything that it signed. Can be stopped and started again."""
    issuer = get(Issuer)
    kind = _read_kind(name.partition("-")[0])
    if name not in issuer.keys.names(kind) + issuer.keys.gone(kind):
        raise click.ClickException(f"There is no key {name}. The keys are {', '.join(issuer.keys.names(kind))}.")
    if not yes:
        click.confirm(f"Everything that {name} signed stops verifying until it is signed again. Go on?", abort=True)
    _replace_key(issuer, name, kind, reason)
    refused = _reissue_all(issuer, name, reason)
    for credential_id in refused:
        click.echo(f"not signed again, because its stored bytes are not in the log: {credential_id}", err=True)
    if refused:
        sys.exit(1)


def _replace_key(issuer: Issuer, name: str, kind: Kind, reason: str) -> None:
    """The successor enters did.json, signed by a key of before; then the compromised key leaves it, signed by the successor."""
    now, database = utc_now(), get(Database)
    if name in issuer.keys.names(kind):
        if name == issuer.keys.newest(kind):
            click.echo(f"{issuer.keys.succeed(kind, now)} signs from now on.")
        with database.writing() as session:
            logs.record_did(session, issuer.signer, f"A key was made because {name} was compromised.", now)
            session.commit()
        issuer.keys.retire_compromised(name)
    with database.writing() as session:
        logs.record_did(session, issuer.signer, f"{name} was compromised: {reason}", now)
        lists = reissuing.resign_lists(session, issuer, name, now)
        session.commit()
    click.echo(f"{name} is not in did.json any more. {lists} status lists are signed again.")


def _reissue_all(issuer: Issuer, name: str, reason: str) -> list[str]:
    database, which = get(Database), reissuing.signed_by(issuer.signer, name)
    with database.reader() as session:
        total = reissuing.count_signed_by(session, issuer.signer, name)
    done, refused, after = 0, [], ""
    while True:
        with database.writing() as session:
            batch = reissuing.reissue_batch(session, issuer, which, f"{name} was compromised: {reason}", utc_now(), after)
            session.commit()
        done, after = done + batch.done, batch.last_id
        refused += batch.refused
        click.echo(f"{done} of {total} certificates are signed again.")
        if batch.done + len(batch.refused) < reissuing.BATCH:
            return refused


@credentials.command("reissue")
def reissue() -> None:
    """Sign certificates from before the public log again, so that they are in it and have a JWT form."""
    database, issuer, after, done = get(Database), get(Issuer), "", 0
    while True:
        with database.writing() as session:
            which = reissuing.unlogged()
            batch = reissuing.reissue_batch(session, issuer, which, "The public log began.", utc_now(), after)
            session.commit()
        done, after = done + batch.done, batch.last_id
        if batch.done + len(batch.refused) < reissuing.BATCH:
            break
    click.echo(f"{done} certificates are signed again.")


@credentials.command("sign-heads")
def sign_heads() -> None:
    """Sign the newest entries of the logs now. The worker does it every hour."""
    with get(Database).writing() as session:
        made = logs.keep_logs(session, get(Issuer).signer, utc_now())
        session.commit()
    click.echo(f"{made} heads are signed.")


@credentials.command("verify-log")
@click.option("--expect", default="", help="The hash of an entry that was copied to another place earlier.")
def verify_log(expect: str) -> None:
    """Check both logs, the signed heads, and that every stored certificate is as logged. Exit 1 when something does not fit."""
    with get(Database).reader() as session:
        faults = list(islice(log_check.find_faults(session, get(Issuer).signer, expect), MAX_SHOWN))
        head = logs.newest_head(session)
        count = logs.count_events(session)
    for fault in faults:
        click.echo(fault, err=True)
    kept = f"The newest signed head is entry {head.number}; keep a copy of it elsewhere." if head else "No head is signed yet."
    click.echo(f"{count} entries checked, {len(faults)} faults. {kept}")
    if faults:
        sys.exit(1)


@credentials.command("erase")
@click.argument("code")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(code: str, yes: bool) -> None:
    """Withdraw the certificate with this CODE or number for good: the signed forms, the name and the salt are deleted."""
    with get(Database).writing() as session:
        credential = _find(session, code)
        if not yes:
            click.confirm(f"Certificate {credential.code} is deleted for good. Go on?", abort=True)
        outcome = revoking.erase(session, get(Issuer), credential, None, utc_now())
        session.commit()
    if isinstance(outcome, Refusal):
        raise click.ClickException(say(outcome))
    click.echo("The certificate is withdrawn. The public log keeps its hashes.")


def _find(session: Session, code: str) -> Credential:
    found = queries.find_by_code(session, code) or queries.find_credential(session, code)
    if found is None:
        raise click.ClickException("There is no certificate with this code or number.")
    return found


def _read_kind(text: str) -> Kind:
    if text == "key":
        return "key"
    if text == "jwt":
        return "jwt"
    raise click.ClickException("The name of a key begins with key- or jwt-.")
