"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "assignment.left_team": _l(
        "Somebody in this list is not in your team any more. Nothing was assigned; open the page again."
    ),
    "assignment.none": _l("This course is not assigned to this person."),
    "assignment.race": _l("Somebody assigned this course at the same moment. Open the page again to see the result."),
    "invitation.closed": _l("This invitation is not open: it was used, has run out, or never existed."),
    "invitation.limit": _l("Your team made %(limit)s invitations within a day. Go on tomorrow."),
    "member.unknown": _l("This person is not in your team."),
    "team.left": _l("You lead no team any more."),
}
