"""The issuer: published identity, keys, and what can be earned."""

from __future__ import annotations

from dataclasses import dataclass

from trainer_academy.credentials.criteria import Achievements
from trainer_academy.credentials.signing.keys import KeyRing
from trainer_academy.credentials.signing.linked_data import check_contexts
from trainer_academy.credentials.signing.party import Party
from trainer_academy.credentials.signing.signer import Signer

ISSUER_NAME = "Trainer Academy"
MAX_REASON = 300


@dataclass(frozen=True)
class Issuer:
    """Who issues: published identity, keys, and what can be earned."""

    party: Party
    keys: KeyRing
    achievements: Achievements

    @property
    def signer(self) -> Signer:
        """What signing needs of the issuer."""
        return Signer(self.party, self.keys)


def make_issuer(base_url: str, did: str, keys: KeyRing, achievements: Achievements) -> Issuer:
    """The issuer of this installation, from its public address and did:web identifier. ContextError when a context changed."""
    check_contexts()
    return Issuer(Party(base_url, did, ISSUER_NAME), keys, achievements)
