"""The public page of a certificate, its files, its holder's options, and the machine routes. Not for: the check of files.

Pure: none.
"""
