"""Simulated people through the real exam: lengths, errors, exposure. Not for: numbers of real people.

Pure: passes, virtual_exam.
"""
