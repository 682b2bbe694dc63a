"""Keys, proofs, JWTs, and the issuer as others see it. Not for: what is signed, or when.

Pure: all.
"""
