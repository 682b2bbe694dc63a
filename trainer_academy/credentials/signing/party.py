"""The issuer as others see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Party:
    """The issuer as others see it: where it lives, its did:web identifier, its name."""

    base_url: str
    did: str
    name: str

    def credential_url(self, credential_id: str) -> str:
        return f"{self.base_url}/credentials/{credential_id}"

    def achievement_url(self, key: str) -> str:
        return f"{self.base_url}/achievements/{key}"

    def list_url(self, list_id: int) -> str:
        return f"{self.base_url}/status-lists/{list_id}"
