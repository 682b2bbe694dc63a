"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "key.too_new": _l("The newest key is %(name)s. A new key can be made once a month."),
}
