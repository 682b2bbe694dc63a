"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "achievement.unknown_page": _l("There is no certificate with this name."),
    "certificate.hidden": _l("The holder does not publish this certificate. The check by code still says yes or no."),
    "certificate.hidden_file": _l("The holder does not show this certificate. Its code can still be checked."),
    "certificate.no_jwt": _l("This certificate has no JWT form: it is older than that. Use the .json file."),
    "certificate.none_valid": _l("You have no valid certificate yet, so there is nothing to put into a learner record."),
    "certificate.not_yours": _l("You have no certificate with this number."),
    "certificate.unknown_file": _l("There is no certificate at this address. Check the address, or check its code."),
    "certificate.unknown_page": _l(
        "There is no certificate at this address. Check the address, or check the code that is printed on it."
    ),
    "key.unknown": _l("There is no key with this name, or it was taken back."),
    "log.no_head": _l("The log has no signed head yet. The worker signs one every hour in which something changed."),
    "status_list.unknown": _l("There is no status list with this number."),
}
