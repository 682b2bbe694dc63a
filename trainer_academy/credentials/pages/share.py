"""The forms in which a holder takes certificates away: baked pictures, one zip of all, the learner record. No database."""

from __future__ import annotations

import io
import secrets
import uuid
import zipfile
from collections.abc import Sequence
from datetime import datetime

from trainer_academy.credentials.documents.baking import bake_png, bake_svg
from trainer_academy.credentials.documents.pictures import Badge, draw_png, draw_svg
from trainer_academy.credentials.documents.record import MAX_MEMBERS, RecordHolder, record_document, sign_record
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.signing.linked_data import Document
from trainer_academy.credentials.signing.own_proofs import parse
from trainer_academy.credentials.signing.signer import write_json

MAX_ZIPPED = 50


def badge_of(issuer: Issuer, credential: Credential) -> Badge:
    """What the picture of a certificate says: names from the signed document."""
    achievement = parse(credential.document).get("credentialSubject", {}).get("achievement", {})
    name = str(achievement.get("name", credential.achievement_key))
    return Badge(name, f"Level {credential.level}", issuer.party.name)


def baked_png(issuer: Issuer, credential: Credential) -> bytes:
    """The badge as PNG with the signed document in it."""
    return bake_png(draw_png(badge_of(issuer, credential)), credential.document)


def baked_svg(issuer: Issuer, credential: Credential) -> str:
    """The badge as SVG with the signed document in it."""
    return bake_svg(draw_svg(badge_of(issuer, credential)), credential.document)


def is_shareable(credential: Credential) -> bool:
    """Whether there are signed forms to take away: not after it was erased."""
    return credential.erased_at is None and bool(credential.document)


def zip_all(issuer: Issuer, credentials: Sequence[Credential]) -> bytes:
    """The newest fifty certificates in each form; made in memory, a few hundred kilobytes at most."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for credential in [item for item in credentials if is_shareable(item)][:MAX_ZIPPED]:
            stem = f"{credential.achievement_key}-{credential.code}"
            forms: dict[str, str | bytes] = {"json": credential.document, "png": baked_png(issuer, credential)}
            forms |= {"svg": baked_svg(issuer, credential)} | ({"jwt": credential.jwt} if credential.jwt else {})
            for ending, body in forms.items():
                packed.writestr(zipfile.ZipInfo(f"{stem}.{ending}", credential.issued_at.timetuple()[:6]), body)
    return out.getvalue()


def make_record(issuer: Issuer, login: str, valid: Sequence[Credential], now: datetime) -> str:
    """The signed learner record over the newest twenty valid certificates (at least one), as JSON."""
    newest = list(valid)[:MAX_MEMBERS]
    members = [parse(item.document) for item in newest]
    holder = RecordHolder(login, _shown_name(members), secrets.token_hex(16))
    ends_at = min(item.valid_until for item in newest)
    made = record_document(issuer.party, holder, members, f"urn:uuid:{uuid.uuid4()}", ends_at, now.replace(microsecond=0))
    return write_json(sign_record(issuer.keys, made, now))


def _shown_name(members: Sequence[Document]) -> str:
    """The name on the newest certificate that shows one."""
    names = (str(member["credentialSubject"].get("name", "")) for member in members)
    return next((name for name in names if name), "")
