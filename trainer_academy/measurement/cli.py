"""The group of commands `flask --app wsgi measure ...`; the commands stand in the other `*_cli` modules of this slice."""

from __future__ import annotations

from flask.cli import AppGroup

measure = AppGroup("measure", help="Calibrations, item analysis, simulation and reports.")
