"""Faults that change nothing which a person or another program can see, with the reason. They are not planted.

By module, text of the line and kind of change.
"""

from __future__ import annotations

CAP = "a cap of one batch or of a long text; one more or less is not another rule"
EXPIRY, OPTIONS = "credentials.life.expiry", "credentials.life.holder_options"
DID_LENGTH = "if prefix or len(text) > 100:"
DID_WORDS = "a key of the right length is shorter; the cap only spares the decoding of long texts"

SCORING, RANKING = "assessments.items.scoring", "total += 1 if (ranks[one] < ranks[two]) == (key[one] < key[two]) else -1"
LOGS, CARDS = "credentials.life.logs", "pool.cards"
POSTGRESQL = "acts on PostgreSQL alone, where the race tests hold it; these runs are on SQLite"
OF_CERTIFICATES = (
    "statement = select(*columns).where(col(Credential.holder_id).in_(ids), is_valid_at(now))  # type: ignore[call-overload]"
)
OF_LANGUAGES = (
    "statement = select(ProfileLanguage).where(col(ProfileLanguage.profile_id).in_(ids))"
    ".order_by(col(ProfileLanguage.language))"
)
IN_VAIN = "rows of others would be read in vain; each row goes to its own person all the same"

EQUIVALENT = {
    (
        EXPIRY,
        "def expiring_credentials(session: Session, now: datetime, limit: int = 200) -> list[str]:",
        "constant 200 changed",
    ): CAP,
    (
        OPTIONS,
        'detail = ", ".join(f"{field}: {str(value)[:200]}" for field, value in changes.items())',
        "constant 200 changed",
    ): CAP,
    (OPTIONS, DID_LENGTH, "Gt turned"): DID_WORDS,
    (OPTIONS, DID_LENGTH, "constant 100 changed"): DID_WORDS,
    (OPTIONS, DID_LENGTH, "operand 2 of and/or dropped"): DID_WORDS,
    (SCORING, RANKING, "Lt turned"): "equal ranks were left out before",
    (
        SCORING,
        "if given * key > 0:",
        "constant 0 changed",
    ): "the product is 1 only where both are equal, which was dealt with before",
    (LOGS, 'if session.get_bind().dialect.name == "postgresql":', "branch switched off"): POSTGRESQL,
    (LOGS, 'session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})', "call dropped"): POSTGRESQL,
    (
        LOGS,
        "rows = session.exec(statement.limit(PAGE + 1)).all()",
        "constant 1 changed",
    ): "one more row tells no more than this one",
    (CARDS, OF_CERTIFICATES, "condition 1 of where dropped"): IN_VAIN,
    (
        CARDS,
        "statement = select(ProfileDomain).where(col(ProfileDomain.profile_id).in_(ids)).order_by(col(ProfileDomain.domain))",
        "condition 1 of where dropped",
    ): IN_VAIN,
    (CARDS, OF_LANGUAGES, "condition 1 of where dropped"): IN_VAIN,
}
