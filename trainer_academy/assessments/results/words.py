"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "result.closing": _l("This attempt is being closed. Reload the page in a moment."),
}
