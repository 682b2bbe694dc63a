"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "certification.no_attempt": _l("This attempt does not exist."),
    "rating_work.no_right": _l("You do not have the right to rate this exam at present. Nothing was saved."),
    "rating_work.not_by_people": _l("The work of this exam is not rated by people any more. Nothing was changed."),
    "rating_work.unknown": _l("This work does not exist."),
    "staffing.answer": _l("Answer with accept or decline. Nothing was changed."),
}
