"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "blind_review.unreadable": _l("%(item)s: the answer '%(answer)s' cannot be read for an item of kind %(kind)s."),
    "exam.unknown": _l("There is no such exam."),
    "exam.unknown_summative": _l("There is no such exam that counts."),
    "item.unknown": _l("There is no such item."),
    "item.version_gone": _l("The item version %(item)s is not stored any more."),
    "key.misfit": _l("The new key does not fit the item: %(place)s %(what)s. Nothing was changed."),
}
