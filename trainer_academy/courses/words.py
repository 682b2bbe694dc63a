"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "course.unknown": _l("There is no such course."),
    "guideline.unknown": _l("There is no such guideline."),
    "lesson.unknown": _l(
        "There is no such lesson in this course. It may have been renamed; the course page lists all of them."
    ),
}
