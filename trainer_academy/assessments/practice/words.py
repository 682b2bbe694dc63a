"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "practice.skip_reason": _l("Choose one of the reasons. The item was not skipped."),
    "practice.too_late": _l(
        "An answer can be taken back for ten seconds. This one stays; the item comes back later if it was wrong."
    ),
    "practice.unknown": _l("There is no practice for this course."),
    "practice.unknown_answer": _l("This practice answer does not exist, or it belongs to another account."),
    "practice.unknown_item": _l("There is no such practice item."),
    "practice.unknown_skill": _l("This course has no such skill."),
}
