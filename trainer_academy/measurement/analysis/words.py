"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "analysis.no_answers": _l(
        "Nobody has answered this item in a decided first attempt at this exam, or it was not counted yet."
    ),
    "analysis.order": _l(
        "This address asks for an order or a flag that does not exist. Choose one of the links above the list."
    ),
    "analysis.unknown_exam": _l("There is no exam '%(exam)s'."),
}
