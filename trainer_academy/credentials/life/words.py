"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "achievement.unknown": _l("There is no certificate '%(key)s'."),
    "certificate.did": _l("This is not a did:key of a kind that wallets use. It starts with did:key:z6Mk or did:key:zDn."),
    "certificate.not_on_hold": _l("This certificate is not on hold."),
    "certificate.on_hold_already": _l("This certificate is on hold already, or it was revoked."),
    "certificate.revoked": _l("A revoked certificate cannot be changed any more."),
    "certificate.revoked_already": _l("This certificate was revoked already."),
    "certificate.withdrawn": _l("This certificate was withdrawn."),
    "certificate.withdrawn_already": _l("This certificate was withdrawn already."),
}
