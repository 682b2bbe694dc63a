"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "cut.few": _l(
        "Fewer than %(least)s judges rated every item in the second round, so this cut cannot be adopted. Nothing was changed."
    ),
    "cut.open": _l("A cut is adopted after the second round is closed. Nothing was changed."),
    "cut.range": _l("The pass mark must lie between 0 and 100. Nothing was changed."),
    "cut.signature": _l("Sign with the name of your account, which is %(name)s. Nothing was changed."),
    "cut.why": _l(
        "You chose another value than the panel recommends: write why, in at least 20 characters. Nothing was changed."
    ),
    "judge.appointed_already": _l("This person is or was a judge of the study already. Nothing was changed."),
    "judge.exam_open": _l("You have an exam open. Finish it first; then sign here. Nothing was saved."),
    "judge.leave_reason": _l("Write a reason of at least 10 characters. Nothing was changed."),
    "judge.left_already": _l("The study has ended, or this judge has left already. Nothing was changed."),
    "judge.sign_first": _l("Write your statements and sign first. Nothing was saved."),
    "judge.signed_already": _l("You have signed already. Nothing was changed."),
    "judge.too_late": _l("Judges are appointed before the study or in its first round. Nothing was changed."),
    "judge.unknown": _l("You are not a judge of this study, or not any more."),
    "round.done": _l("You said that you are done with this round. Nothing was changed."),
    "round.items_left": _l("%(left)s items have no rating yet. Nothing was changed."),
    "round.none_open": _l("No round is open. Nothing was changed."),
    "round.none_open_to_rate": _l("No round is open, so nothing was saved. What you rated before is kept."),
    "round.not_in_second": _l("You had not rated every item in the first round, so you do not take part in the second one."),
    "round.not_yet": _l("The second round follows the discussion. Nothing was changed."),
    "round.second_only": _l("That is possible in the second round only. Nothing was saved."),
    "round.too_few_judges": _l(
        "Fewer than two judges have rated every item, so there would be no result. Nothing was changed."
    ),
    "sample.too_large": _l(
        "The sample cannot be drawn: the exam can draw %(drawable)s items, and %(asked)s are asked for. Nothing was changed."
    ),
    "sample.too_small": _l(
        "The sample cannot be drawn: it needs at least one item of each of the %(groups)s combinations of skill and "
        "kind. Nothing was changed."
    ),
    "study.ended": _l("This study has ended already. Nothing was changed."),
    "study.no_discussion": _l("The discussion is open between the two rounds only. Nothing was saved."),
    "study.position": _l("This study has items 1 to %(n)s."),
    "study.started": _l("This study has started already. Nothing was changed."),
    "study.too_few_judges": _l("Appoint at least two judges first. Nothing was changed."),
    "study.too_small": _l("A study needs at least %(least)s items; there are %(n)s. Nothing was saved."),
    "study.unfinished": _l("This exam has a study that is not finished. Finish or abandon it first. Nothing was saved."),
    "study.unknown": _l("There is no such study."),
    "study.unknown_item": _l("This item is not in the study."),
}
