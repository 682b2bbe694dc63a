"""People, organizations, memberships, sign-in. Not for: what people learn, earn or are offered."""
