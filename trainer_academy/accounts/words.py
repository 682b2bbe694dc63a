"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "client.left": _l("You buy for no client any more."),
    "invitation.code_used": _l("This code was used already. Ask your team lead for a new one."),
    "invitation.not_open": _l("This invitation is not open: it was used, has run out, or never existed. Ask your team lead."),
    "password.close": _l("This password is too close to your name or login. Choose another one."),
    "password.common": _l("This password is one of the first that attackers try. Choose another one."),
    "password.long": _l("Use at most %(n)s characters."),
    "password.short": _l("Use at least %(n)s characters. A short sentence is easy to remember."),
    "sign_in.ended_already": _l("This browser is signed out already."),
    "sign_in.too_many": _l("There were too many failed tries. Wait %(n)s seconds, then try again."),
    "token.limit": _l("There are twenty open tokens. End one that is not used."),
}
