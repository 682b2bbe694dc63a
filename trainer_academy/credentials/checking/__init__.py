"""Checking a certificate: what somebody typed, or any file of anybody. Not for: our own pages.

Pure: reading, sandbox.
"""
