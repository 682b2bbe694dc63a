"""Imports the words of each part, so that every code that can reach a person has some."""

from __future__ import annotations

from trainer_academy.accounts import words as accounts
from trainer_academy.api import words as api
from trainer_academy.assessments.bank import words as bank
from trainer_academy.assessments.contests import words as contests
from trainer_academy.assessments.corrections import words as corrections
from trainer_academy.assessments.exams import words as exams
from trainer_academy.assessments.items import words as items
from trainer_academy.assessments.practice import words as practice
from trainer_academy.assessments.rating import words as rating
from trainer_academy.assessments.results import words as results
from trainer_academy.courses import words as courses
from trainer_academy.credentials.checking import words as checking
from trainer_academy.credentials.life import words as life
from trainer_academy.credentials.pages import words as pages
from trainer_academy.credentials.signing import words as signing
from trainer_academy.measurement.analysis import words as analysis
from trainer_academy.measurement.calibrations import words as calibrations
from trainer_academy.measurement.reports import words as reports
from trainer_academy.measurement.simulations import words as simulations
from trainer_academy.measurement.standard_setting import words as standard_setting
from trainer_academy.notices import words as notices
from trainer_academy.operate import words as operate
from trainer_academy.pool import words as pool
from trainer_academy.vendors import words as vendors
from trainer_academy.workflows import words as workflows

PARTS = tuple(
    part.WORDS
    for part in (
        accounts,
        api,
        bank,
        contests,
        corrections,
        exams,
        items,
        practice,
        rating,
        results,
        courses,
        checking,
        life,
        pages,
        signing,
        analysis,
        calibrations,
        reports,
        simulations,
        standard_setting,
        notices,
        operate,
        pool,
        vendors,
        workflows,
    )
)
