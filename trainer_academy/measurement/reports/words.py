"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "handbook.none": _l("This exam has no handbook yet."),
    "report.unknown": _l("There is no such report."),
    "requirements.none": _l("The table of requirements is not written yet."),
}
