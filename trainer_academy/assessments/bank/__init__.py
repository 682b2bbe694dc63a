"""Item banks and specifications from files, item versions in the database, and the keys that count today. Not for: papers, or
how a key comes to be corrected.

Other rooms use: store, schema, versions, corrected_keys, lookup, models.
Pure: balance, blind_review, corrected_keys, schema, store.
"""
