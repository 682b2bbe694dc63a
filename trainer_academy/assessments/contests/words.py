"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "contest.appeal_over": _l("An item may be looked at again within %(days)s days after the exam. That time is over."),
    "contest.exam_open_yet": _l("Your exam is running. While it runs, report an item on its own page."),
    "contest.looked": _l("You have looked at this item again; it was shown for %(minutes)s minutes."),
    "contest.looks_used": _l(
        "You have looked at %(n)s items of this exam again. More are not shown; you can still report them."
    ),
    "contest.answered": _l("Somebody has answered this already. That answer stays; yours was not saved."),
    "contest.exam_open": _l("The exam of this person is still open. Answer when it is closed; nothing was saved."),
    "contest.item_not_shown": _l("There is no such item among those that you were shown. Use the link beside the item."),
    "contest.limit": _l("You sent %(limit)s of these today, and they are kept. Please send the next one tomorrow."),
    "contest.no_address": _l("There is nothing at this address. Use the link beside the item."),
    "contest.other_correction": _l("That correction is not one of this item."),
    "contest.own": _l("This is your own. Somebody else has to answer it; nothing was saved."),
    "contest.told_already": _l(
        "You have told us about this item already. We answer by the date on this page; nothing was added."
    ),
    "contest.unknown": _l("There is no contest with this number."),
}
