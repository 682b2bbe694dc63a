"""What a certificate and a learner record say, as JSON, PDF, picture and baked badge. Not for: rows, requests.

Pure: all.
"""
