"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "api.limit": _l("Your organization made 300 calls in five minutes. Put more codes into one call."),
    "certificate.unknown_number": _l("There is no certificate with this number."),
    "json.misfit": _l("The JSON does not fit at %(place)s: %(what)s."),
}
