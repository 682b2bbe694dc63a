"""Calibrations of a bank: first answers, the job, stored parameters, adoption, files in and out. Not for: the estimation
itself (psychometrics).

Pure: exchange, response_files, scatter, tables.
"""
