"""Who signs: the published identity and its keys."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime

from joserfc.jwk import ECKey

from trainer_academy.credentials.signing.jwt import make_jwt
from trainer_academy.credentials.signing.keys import KeyRing
from trainer_academy.credentials.signing.linked_data import Document
from trainer_academy.credentials.signing.party import Party
from trainer_academy.credentials.signing.proof_sets import add_jcs_proof


@dataclass(frozen=True)
class Signer:
    """Signs credentials, status lists and the heads of the logs."""

    party: Party
    keys: KeyRing

    def sign(self, document: Document, now: datetime) -> str:
        """The signed document as JSON text in ASCII; these exact bytes are stored and served."""
        return write_json(self.keys.sign(document, now))

    def sign_jwt(self, document: Document) -> str:
        """The unsigned credential as a JWT by the newest P-256 key."""
        name = self.keys.newest("jwt")
        return make_jwt(document, self.keys.jwt_key(name), self.key_url(name))

    def sign_statement(self, statement: Document, now: datetime, key: str = "") -> str:
        """A signed JSON object that is not a credential, with an eddsa-jcs-2022 proof by `key` (default: the active one)."""
        name = key or self.keys.active
        return write_json(add_jcs_proof(statement, self.keys.private_key(name), f"{self.keys.did}#{name}", now))

    def key_url(self, name: str) -> str:
        """Where one JSON Web Key is published; the `kid` of a JWT."""
        return f"{self.party.base_url}/.well-known/keys/{name}.jwk"

    def find_jwt_key(self, kid: str) -> ECKey | None:
        """The key behind a `kid` of ours."""
        names = {self.key_url(name): name for name in self.keys.names("jwt")}
        return self.keys.jwt_key(names[kid]) if kid in names else None


def write_json(document: Document) -> str:
    """JSON in ASCII without spaces: some wallets read attached text as Latin-1."""
    return json.dumps(document, ensure_ascii=True, separators=(",", ":"))


def encode_header(header: dict[str, str]) -> str:
    """The first part of a JWS with this header, as it is written here: base64url of the JSON without spaces."""
    return base64.urlsafe_b64encode(write_json(dict(header)).encode()).decode().rstrip("=")
