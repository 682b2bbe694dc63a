"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "correction.button": _l("Use one of the buttons of the page. Nothing was changed."),
    "correction.decided": _l("This correction is decided already. Nothing was changed."),
    "correction.incomplete": _l("Answer every part of the item: your answer is the new key. Nothing was saved."),
    "correction.key_changed": _l("The key of this item has changed since. Reject this correction and propose it again."),
    "correction.not_suspended": _l("This item is not suspended by this correction any more. Nothing was changed."),
    "correction.own": _l("You proposed this. Another author has to approve it; nothing was changed."),
    "correction.same_key": _l("This is the key that the item has already. Nothing was saved."),
    "correction.suspended": _l("This item is suspended already. Nothing was saved."),
    "correction.unknown": _l("There is no correction with this number."),
    "correction.waiting": _l(
        "A correction of this item waits for its second author. Decide that one first; nothing was saved."
    ),
    "vote.item_changed": _l("This item has changed since you opened it. Nothing was saved; open the votes again."),
    "vote.other_kind": _l("Items of this kind are not scored by votes. Nothing was changed."),
    "vote.too_few": _l("There are %(votes)s votes; at least %(needed)s are needed. Nothing was changed."),
    "vote.unknown_item": _l("There is no such item to vote on."),
    "vote.written_work": _l("Written work has no key that can be replaced. It can be suspended. Nothing was changed."),
}
