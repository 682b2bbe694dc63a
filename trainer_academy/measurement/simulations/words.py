"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "simulation.cells": _l(
        "%(exam)s decides classically, because its calibrated items cannot fill every line of its specification. "
        "Try --synthetic 120."
    ),
    "simulation.cut": _l(
        "%(exam)s decides classically, because its cut lies outside of what the calibrated bank can tell. Try --synthetic 120."
    ),
    "simulation.ends_itself": _l(
        "%(exam)s ends by itself when it is sure; this simulation knows exams of a fixed length only."
    ),
    "simulation.few": _l("%(exam)s decides classically, because too few of its items are calibrated. Try --synthetic 120."),
    "simulation.none": _l("%(exam)s decides classically, because no calibration is adopted. Try --synthetic 120."),
    "simulation.rated": _l("%(exam)s decides classically, because people rate its work. Try --synthetic 120."),
    "simulation.rated_passes": _l("People rate the work of %(exam)s; how they would rate made-up people is not known."),
    "simulation.set": _l("%(exam)s decides classically, because its specification says so. Try --synthetic 120."),
}
