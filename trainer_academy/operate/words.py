"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "attempt.unknown_to_operator": _l("There is no such attempt."),
    "certificate.unknown_to_operator": _l("There is no certificate at this address."),
}

DUTIES = {
    "expiry notices": _l("Reminders before certificates end"),
    "offers": _l("Offers whose date is over"),
    "attempt logs": _l("Seals of attempt logs"),
    "issuance log": _l("Log of issued certificates"),
    "item analysis": _l("Item analysis"),
}
