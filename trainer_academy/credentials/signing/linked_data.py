"""Data Integrity proofs of the suite eddsa-rdfc-2022, with pinned JSON-LD contexts and no network.

A document is expanded with PyLD and written as N-Quads; pyoxigraph makes them canonical (RDFC-1.0), because PyLD writes some
control characters differently from other implementations. PyLD has no safe mode: what it would drop in silence (unknown
properties, unknown types, relative ids) is refused here, since it would not be covered by the signature.
Sources: W3C Data Integrity EdDSA Cryptosuites v1.0, sections 3.2 and 3.3; RDF Dataset Canonicalization 1.0; Multikey (CID 1.0).
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

import base58
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

Document = dict[str, Any]
Canonical = Callable[[Document], str]
SUITE = "eddsa-rdfc-2022"
CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
LEARNER_RECORD = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
MULTIKEY = "https://w3id.org/security/multikey/v1"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"

CONTEXTS = Path(__file__).with_name("contexts")  # as published; sources and licences are in its README
# 1EdTech edited context-3.0.3.json in place once: a signature holds for one body only, so the bodies are pinned.
PINNED = {
    CREDENTIALS_V2: ("credentials-v2.json", "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"),
    OPEN_BADGES: ("ob-v3p0-context-3.0.3.json", "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84"),
    OPEN_BADGES_EXTENSIONS: ("ob-v3p0-extensions.json", "87c06c81bc2317663bf288d740d94fddd2818c4342b186270ff6371dfaa63f93"),
    LEARNER_RECORD: ("clr_context_2.0.1.json", "880f1902d4158f2f33ce06af41b90719977cd1ea337a9de2e41edb3ff5e543d6"),
    DATA_INTEGRITY: ("security-data-integrity-v2.json", "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4"),
    MULTIKEY: ("security-multikey-v1.json", "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597"),
}
NO_CONTEXTS: Mapping[str, Document] = MappingProxyType({})

_MULTICODEC = b"\xed\x01"  # Ed25519 public key
# PyLD makes relative ids absolute with its own example base; this one is recognised and refused instead.
_NO_BASE = "unresolved:/"
_ABSOLUTE = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:\S+|_:\S+)$")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# PyLD keeps its caches in plain dictionaries that several threads must not change at once.
_PYLD = threading.Lock()


class SigningError(Exception):
    """A document cannot be signed or checked as it stands. The message names the place."""


class ContextError(SigningError):
    """A JSON-LD context is not pinned, not there, or not the body that was pinned."""


# ---------------------------------------------------------------- contexts


def read_context(url: str, folder: Path = CONTEXTS) -> Document:
    """The pinned context behind `url`. Raises ContextError when it is not pinned or its bytes changed."""
    if url not in PINNED:
        raise ContextError(f"the context {url!r} is not pinned; contexts are never fetched")
    name, digest = PINNED[url]
    file = folder / name
    try:
        body = file.read_bytes()
    except OSError as error:
        raise ContextError(f"the context file {name} cannot be read ({error.strerror}); check out the program again") from error
    found = hashlib.sha256(body).hexdigest()
    if found != digest:
        raise ContextError(f"{name} has sha256 {found}; {digest} is pinned. Check out the program again.")
    loaded: Document = json.loads(body)
    return loaded


@lru_cache(maxsize=len(PINNED))
def _pinned(url: str) -> Document:
    return read_context(url)


def check_contexts() -> None:
    """Read every pinned context once; to be called at the start, so that a wrong one does not wait for the first signature."""
    for url in PINNED:
        _pinned(url)


class _Loader:
    """PyLD document loader: pinned contexts, then extra ones, then an error. Remembers the error, which PyLD wraps."""

    def __init__(self, extra: Mapping[str, Document]) -> None:
        self.extra = extra
        self.error: ContextError | None = None

    def __call__(self, url: str, _options: object = None) -> Document:
        if url in self.extra and url not in PINNED:
            return {"contextUrl": None, "documentUrl": url, "document": self.extra[url]}
        try:
            document = _pinned(url)
        except ContextError as error:
            self.error = error
            raise
        # "static" lets PyLD keep the processed context; safe, because a pinned body never changes.
        return {"contextUrl": None, "documentUrl": url, "document": document, "tag": "static"}


# ---------------------------------------------------------------- canonical form


def canonicalize(document: Document, contexts: Mapping[str, Document] = NO_CONTEXTS) -> str:
    """The canonical N-Quads (RDFC-1.0) of a JSON-LD document. `contexts` adds contexts to the pinned ones.

    Raises SigningError for control characters and for everything that JSON-LD would drop, ContextError for unknown contexts.
    """
    refuse_control_characters(document)
    return order_nquads(write_nquads(document, contexts))


def order_nquads(nquads: str) -> str:
    """N-Quads in canonical form (RDFC-1.0). Raises SigningError for an address with a character that it may not have."""
    import pyoxigraph

    try:
        dataset = pyoxigraph.Dataset(pyoxigraph.parse(nquads.encode(), pyoxigraph.RdfFormat.N_QUADS))
    except SyntaxError as error:
        raise SigningError(f"an address has a character that it may not have: {error.msg}") from error
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    lines = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS)
    assert lines is not None
    # Split at "\n" only: names may hold U+2028 and U+0085, which str.splitlines would take for line ends.
    return "".join(f"{line}\n" for line in sorted(lines.decode().split("\n")) if line)


def write_nquads(document: Document, contexts: Mapping[str, Document] = NO_CONTEXTS) -> str:
    """The statements of a JSON-LD document as N-Quads in any order. Raises as `canonicalize` does."""
    jsonld: Any = import_module("pyld.jsonld")
    loader = _Loader(contexts)
    dropped: list[str] = []
    options = {"documentLoader": loader, "base": _NO_BASE}
    try:
        with _PYLD:
            expanded = jsonld.expand(
                copy.deepcopy(document), options, on_property_dropped=lambda name: dropped.append(str(name))
            )
            if not dropped and not (relative := list(_find_relative(expanded))):
                return str(jsonld.to_rdf(expanded, {**options, "format": "application/n-quads"}))
    except jsonld.JsonLdError as error:
        raise loader.error or SigningError(f"not valid JSON-LD: {str(error).splitlines()[0][:300]}") from error
    if dropped:
        raise SigningError(f"no context defines the property {dropped[0]!r}; it would not be signed")
    raise SigningError(
        f"{relative[0].removeprefix(_NO_BASE)!r} is neither an absolute address nor a known type; it would not be signed"
    )


def _find_relative(node: Any) -> Iterator[str]:
    """Ids and types of expanded JSON-LD that are not absolute: RDF would lose them."""
    if isinstance(node, list):
        for item in node:
            yield from _find_relative(item)
    elif isinstance(node, dict):
        names = [node["@id"]] if "@id" in node else []
        types = node.get("@type", [])
        names += types if isinstance(types, list) else [types]
        yield from (str(name) for name in names if str(name).startswith(_NO_BASE) or not _ABSOLUTE.match(str(name)))
        for value in node.values():
            yield from _find_relative(value)


def refuse_control_characters(value: Any, place: str = "") -> None:
    """Raise SigningError for control characters other than tab and line feed; implementations write them differently."""
    if isinstance(value, str) and _CONTROL.search(value):
        raise SigningError(f"{place or 'the text'} has a control character")
    if isinstance(value, dict):
        for key, item in value.items():
            refuse_control_characters(item, f"{place}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            refuse_control_characters(item, f"{place}/{index}")


# ---------------------------------------------------------------- keys and proofs


def encode_multikey(key: Ed25519PublicKey) -> str:
    """An Ed25519 public key as Multikey: `z6Mk...` (base58btc of 0xed01 and 32 bytes)."""
    return "z" + base58.b58encode(_MULTICODEC + key.public_bytes_raw()).decode()


def decode_multikey(text: str) -> Ed25519PublicKey:
    """The key behind `z6Mk...`. ValueError when it is not an Ed25519 Multikey."""
    raw = base58.b58decode(text[1:]) if text.startswith("z") else b""
    if len(raw) != 34 or not raw.startswith(_MULTICODEC):
        raise ValueError("not an Ed25519 Multikey")
    return Ed25519PublicKey.from_public_bytes(raw[2:])


def write_time(moment: datetime) -> str:
    """A time as xsd:dateTimeStamp in UTC, whole seconds: `2026-11-21T09:30:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def hash_data(
    document: Document, options: Document, contexts: Mapping[str, Document] = NO_CONTEXTS, canonical: Canonical | None = None
) -> bytes:
    """The 64 bytes that are signed: SHA-256 of the canonical proof options, then SHA-256 of the canonical document.

    `document` comes without a proof. The options are read with the document's contexts, which do not stay in the proof.
    `canonical` may be another way to the same canonical form.
    """
    config = {**options, "@context": document["@context"]}
    write = canonical or (lambda part: canonicalize(part, contexts))
    return b"".join(hashlib.sha256(write(part).encode()).digest() for part in (config, document))


def proof_options(suite: str, verification_method: str, created: datetime) -> Document:
    """A proof of a suite without its value."""
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": write_time(created),
        "verificationMethod": verification_method,
        "proofPurpose": "assertionMethod",
    }


def write_value(private_key: Ed25519PrivateKey, data: bytes) -> str:
    """The signature of `data` as base58btc multibase, as `proofValue` holds it."""
    return "z" + base58.b58encode(private_key.sign(data)).decode()


def fits(value: object, data: bytes, public_key: Ed25519PublicKey) -> bool:
    """Whether a `proofValue` is the signature of `data`."""
    if not isinstance(value, str) or value[:1] != "z":
        return False
    try:
        public_key.verify(base58.b58decode(value[1:]), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def add_proof(
    document: Document,
    private_key: Ed25519PrivateKey,
    verification_method: str,
    created: datetime,
    contexts: Mapping[str, Document] = NO_CONTEXTS,
) -> Document:
    """A copy of `document` with an eddsa-rdfc-2022 proof. Raises SigningError when something would stay unsigned."""
    if "proof" in document:
        raise SigningError("the document has a proof already")
    options = proof_options(SUITE, verification_method, created)
    value = write_value(private_key, hash_data(document, options, contexts))
    return {**copy.deepcopy(document), "proof": {**options, "proofValue": value}}


def verify_proof(document: Document, public_key: Ed25519PublicKey, contexts: Mapping[str, Document] = NO_CONTEXTS) -> bool:
    """True when the one proof of `document` is of this suite, made for assertions, and fits the key."""
    proof = document.get("proof")
    if not isinstance(proof, dict) or "@context" not in document:
        return False
    expected = {"type": "DataIntegrityProof", "cryptosuite": SUITE, "proofPurpose": "assertionMethod"}
    if any(proof.get(name) != wanted for name, wanted in expected.items()):
        return False
    options = {name: item for name, item in proof.items() if name != "proofValue"}
    bare = {name: item for name, item in document.items() if name != "proof"}
    try:
        data = hash_data(bare, options, contexts)
    except SigningError:
        return False
    return fits(proof.get("proofValue"), data, public_key)
