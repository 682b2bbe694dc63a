"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "answer.confidence": _l(
        "That is not one of the levels of confidence. Your earlier answer is kept; go back and choose again."
    ),
    "answer.error_kind": _l(
        "That kind or weight of error does not exist. Your earlier answer is kept; go back and choose again."
    ),
    "answer.error_place": _l(
        "The place of an error is two word numbers. Your earlier answer is kept; go back and choose again."
    ),
    "answer.level": _l("That level does not exist. Your earlier answer is kept; go back and choose again."),
    "answer.one_option": _l("Choose one option only. Your earlier answer is kept; go back and choose again."),
    "answer.option": _l("That option does not exist. Your earlier answer is kept; go back and choose again."),
    "answer.rank": _l("A rank is a number from 1 to %(n)s. Your earlier answer is kept; go back and choose again."),
    "answer.scale": _l("That is not a point on the scale. Your earlier answer is kept; go back and choose again."),
    "answer.side": _l("That is not a side. Your earlier answer is kept; go back and choose again."),
    "answer.step": _l("That step does not exist. Your earlier answer is kept; go back and choose again."),
    "answer.too_long": _l(
        "Your text has %(length)s characters; at most %(limit)s can be saved. The text that was saved before is kept. "
        "Go back, make it shorter and save again."
    ),
    "answer.words": _l("The words have the numbers 1 to %(n)s. Your earlier answer is kept; go back and choose again."),
}
