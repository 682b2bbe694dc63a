"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "rating.lock_lost": _l("Your time for this work ran out and another rater has taken it."),
    "appeal.length": _l("Say in %(least)s to %(most)s characters what the raters did not see. Nothing was sent."),
    "appeal.no_work": _l("This attempt has no such rated work."),
    "appeal.too_late": _l("An appeal is possible within %(days)s days after the decision. Nothing was changed."),
    "appeal.twice": _l("This rating was appealed before. One appeal for each text is possible; nothing was changed."),
    "example.none": _l("This exam has no examples to rate now."),
    "example.not_given_back": _l("An example cannot be given back."),
    "example.not_rated": _l("There is no such example among those that you have rated."),
    "example.pause": _l("After a test that was not passed, the next one opens a day later. The page says when."),
    "example.qualified": _l("You have the right to rate this exam already. There is no example to rate."),
    "example.unknown": _l("This example does not exist, or it belongs to another account."),
    "rating.level": _l("That level does not exist. Nothing was saved; go back and choose again."),
    "rating.no_comment": _l("Say in a sentence why you chose the lowest level. Nothing was saved."),
    "rating.no_levels": _l("Choose a level for every criterion. Nothing was saved."),
    "rating.no_right": _l("You do not have the right to rate this exam at present. The page “Rating” says how to get it."),
    "rating.not_by_people": _l("This item is not rated by people."),
    "rating.settled": _l("This rating is settled and cannot be changed any more. The one that you gave before counts."),
    "rating.settled_as_given": _l("This rating is settled and cannot be changed any more. It counts as you gave it."),
    "rating.unknown_exam": _l("There is no such exam with work that people rate."),
    "rating.unknown_work": _l("This work does not exist."),
    "right.none_to_withdraw": _l("This person has no right to rate this exam now. Nothing was changed."),
    "right.reason": _l("Give the reason in a sentence. The right was not withdrawn."),
}
