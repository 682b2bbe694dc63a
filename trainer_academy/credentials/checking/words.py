"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "check.busy": _l("Many files are being checked just now."),
    "check.limit": _l("Many files were checked from your address. Codes can still be checked."),
}
