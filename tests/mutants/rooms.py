"""Which modules a mutation run plants faults into, and which tests must notice them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Room:
    """Modules by their names within the package, and the tests that hold them, by the names of their files."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


ROOMS = {
    "eligibility": Room(
        (
            "assessments.exams.eligibility",
            "assessments.exams.starting",
            "assessments.exams.windows",
            "assessments.exams.attempts",
        ),
        (
            "test_sitting_rules",
            "test_starting",
            "test_windows",
            "test_attempts",
            "test_vendors",
            "test_races",
            "test_sitting",
            "test_exam",
            "test_sequential",
        ),
    ),
    "deciding": Room(
        ("assessments.exams.deciding", "assessments.exams.decision_model", "assessments.exams.handing_in"),
        ("test_sequence", "test_calibrating", "test_attempts", "test_sequential", "test_exam", "test_rescoring"),
    ),
    "scoring": Room(
        (
            "assessments.items.scoring",
            "assessments.exams.scoring",
            "psychometrics.intervals",
            "assessments.items.pairwise",
            "assessments.items.spans",
        ),
        (
            "test_scoring",
            "test_scoring_lists",
            "test_kind_answers",
            "test_kinds",
            "test_items",
            "test_mark_items",
            "test_intervals",
            "test_agreement",
        ),
    ),
    "issuing": Room(
        (
            "credentials.life.issuing",
            "credentials.life.status",
            "credentials.criteria",
            "credentials.life.logs",
            "credentials.life.log_check",
        ),
        ("test_criteria", "test_record_edges", "test_log_edges", "test_issuing", "test_issuance_log", "test_credential_life"),
    ),
    "life": Room(
        (
            "credentials.life.revoking",
            "credentials.life.expiry",
            "credentials.life.watching",
            "credentials.life.queries",
            "credentials.life.holder_options",
            "credentials.life.reissuing",
            "workflows.reminding",
        ),
        (
            "test_ending",
            "test_record_edges",
            "test_reissuing",
            "test_valid_everywhere",
            "test_credential_life",
            "test_issuance_log",
            "test_holder_options",
            "test_credential_commands",
        ),
    ),
    "search": Room(
        ("pool.search", "pool.cards", "pool.filters", "pool.offers"),
        ("test_pool_filter", "test_valid_everywhere", "test_pay", "test_pool_edges", "test_pool"),
    ),
    "limits": Room(
        (
            "core.limits",
            "core.schedule",
            "core.tokens",
            "accounts.sign_in",
            "accounts.passwords",
            "accounts.people",
        ),
        (
            "test_limits",
            "test_schedule",
            "test_tokens",
            "test_passwords",
            "test_people",
            "test_sign_in",
            "test_jobs",
            "test_accounts",
        ),
    ),
    "access": Room(
        (
            "web.access",
            "web.headers",
            "accounts.principal",
            "accounts.api_tokens",
            "accounts.token_views",
            "credentials.checking.lookup",
            "vendors.roster",
        ),
        (
            "test_access",
            "test_sign_in",
            "test_api_tokens",
            "test_token_pages",
            "test_lookup",
            "test_verify",
            "test_vendors",
            "test_team",
            "test_api",
            "test_accounts",
            "test_attacks",
        ),
    ),
}
