"""From award to end: issuing, status lists, the public logs, holding, revoking, erasing, expiry, who watches. One door each
for revoke, suspend and erase. Not for: pages.

Pure: issuer.
"""
