"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "calibration.choose_two": _l("Choose two calibrations to compare. Nothing was changed."),
    "calibration.few_in_common": _l("The two calibrations have fewer than three items in common, so they cannot be compared."),
    "calibration.file_kind": _l("Calibrations can be downloaded as csv or json."),
    "calibration.in_force": _l("Nothing was changed: this is what the exam uses already."),
    "calibration.too_few": _l(
        "Too few answers: %(usable)s of %(items)s items can be calibrated, and at least %(least)s are needed. An item "
        "needs %(answers)s answers that are not all the same; %(persons)s persons were read. Nothing was stored."
    ),
    "calibration.unknown": _l("There is no such calibration of this exam."),
    "job.unknown": _l("There is no such job."),
    "responses.file_kind": _l("Responses can be downloaded as wide or long."),
}
