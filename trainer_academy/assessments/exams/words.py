"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "attempt.closed": _l("This attempt is closed. The answers that were saved before count; this one was not taken."),
    "attempt.handed_in": _l(
        "Item %(position)s is handed in already. The answer that you handed in counts and was not changed."
    ),
    "attempt.open_item": _l("Item %(position)s is the open one. Nothing was changed; go on with that item."),
    "attempt.other_answer": _l(
        "A different answer to item %(position)s was saved at %(at)s, in another tab or on another device. That one is "
        "kept. Open the item to see it, and change it there if you want."
    ),
    "attempt.other_device": _l(
        "This exam is open on another device. Your answer stays on this device and was not sent. To go on here, open "
        "the exam page again and choose to move the exam to this device."
    ),
    "attempt.position": _l("This paper has items 1 to %(n)s."),
    "attempt.sequence_number": _l("The form has no valid sequence number. Reload the item; what was saved before is kept."),
    "attempt.time_over": _l("Time was over at %(at)s. The answers that were saved before that count."),
    "attempt.unknown": _l("This attempt does not exist, or it belongs to another account."),
    "exception.own": _l("Nobody sets extra time or windows for themselves. Ask another team lead, or write to the academy."),
    "extra_time.academy": _l(
        "A team gives at most twice the time, and does not change what somebody else has set. Write to the academy."
    ),
    "extra_time.changed": _l("Somebody else has just changed the extra time of this person. Reload the page to see it."),
    "extra_time.incomplete": _l("Choose one of the offered factors and write the reason. Nothing was changed."),
    "hold.decided": _l("It is decided already whether this attempt counts. Reload the page."),
    "hold.not_to_give_back": _l("Only an attempt that is closed and not passed can be given back. Nothing was changed."),
    "hold.own": _l("This attempt is your own. Somebody else has to decide about it."),
    "start.attempts": _l("You have used all attempts for now. The exam page says when the next one opens."),
    "start.cooldown": _l("After an attempt there is a pause before the next one. The exam page says when it ends."),
    "start.disk_full": _l("The disk is nearly full, so no exam starts now. Your attempts are kept; try again later."),
    "start.early": _l("This exam is not open for you yet. The exam page says from when."),
    "start.short_bank": _l("Too few items of this exam may be used now. No attempt was used; the operators have to add items."),
    "start.judge": _l(
        "You have judged the items of this exam and seen their keys. The exam page says from when you may sit it."
    ),
    "start.insider": _l("Authors, operators and raters can see keys of exams. The exam page says from when you may sit one."),
    "start.late": _l("The time to start this exam is over. Ask your team lead, or write to the academy."),
    "start.open": _l("You have another exam open. Finish that one first; the exam page leads to it."),
    "start.rating": _l("Raters are reading your last attempt. You get a message when it is decided."),
    "window.limits": _l("A window may begin within %(days)s days and be open for %(days)s days at most. Nothing was changed."),
    "window.unknown": _l("This window does not exist, or another team set it."),
    "window.order": _l("The window must end after it begins, and in the future. Nothing was changed."),
}
