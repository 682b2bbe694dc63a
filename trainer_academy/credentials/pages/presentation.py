"""What the public page of a certificate shows: the signed statements, the status, and the result of the signature check."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal
from urllib.parse import urlencode, urlsplit

import segno

from trainer_academy.core.markdown import render
from trainer_academy.credentials.documents.credential import published_results
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.life.queries import standing
from trainer_academy.credentials.signing.own_proofs import check_signature as check_signature
from trainer_academy.credentials.signing.own_proofs import parse
from trainer_academy.credentials.signing.party import Party

Signature = Literal["good", "broken", "foreign"]


@dataclass(frozen=True)
class Certificate:
    """A credential for people. Names and numbers come from the signed document, not from the columns beside it."""

    credential: Credential
    url: str
    domain: str
    issuer_name: str
    holder_name: str
    achievement_name: str
    achievement_text: str
    results: dict[str, str]
    status: str
    signature: Signature

    @property
    def is_good(self) -> bool:
        """True when an employer may rely on it now."""
        return self.status == "valid" and self.signature == "good"


def read_certificate(issuer: Issuer, credential: Credential, now: datetime) -> Certificate:
    """Check the stored bytes against our keys and collect what they say."""
    document = parse(credential.document)
    subject = document.get("credentialSubject", {})
    achievement = subject.get("achievement", {})
    return Certificate(
        credential=credential,
        url=issuer.party.credential_url(credential.id),
        domain=urlsplit(issuer.party.base_url).netloc,
        issuer_name=document.get("issuer", {}).get("name", issuer.party.name),
        holder_name=subject.get("name", ""),
        achievement_name=achievement.get("name", credential.achievement_key),
        achievement_text=achievement.get("description", ""),
        results=published_results(document) if subject else {},
        status=standing(credential, now),
        signature=check_signature(issuer.keys, credential.document),
    )


@lru_cache(maxsize=64)
def render_criteria(text: str) -> str:
    """The criteria of an achievement as clean HTML; content changes only with a restart."""
    return render(text)


@lru_cache(maxsize=256)
def draw_qr(url: str) -> str:
    """A QR code as SVG without inline style, level M (15 % of it may be damaged), with a quiet border."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, svgclass=None, lineclass=None, border=2, nl=False
    )
    return out.getvalue().decode()


def linkedin_url(party: Party, certificate: Certificate) -> str:
    """LinkedIn's form "Add licence or certification", filled in; the member confirms by hand."""
    credential = certificate.credential
    query = {
        "startTask": "CERTIFICATION_NAME",
        "name": certificate.achievement_name,
        "organizationName": party.name,
        "issueYear": credential.issued_at.year,
        "issueMonth": credential.issued_at.month,
        "expirationYear": credential.valid_until.year,
        "expirationMonth": credential.valid_until.month,
        "certUrl": certificate.url,
        "certId": credential.code,
    }
    return "https://www.linkedin.com/profile/add?" + urlencode(query)


def whatsapp_url(certificate: Certificate) -> str:
    """A WhatsApp message with the name of the certificate and its address."""
    return "https://wa.me/?" + urlencode({"text": f"{certificate.achievement_name}: {certificate.url}"})
