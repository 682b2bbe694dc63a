"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from flask_babel import lazy_gettext as _l

WORDS = {
    "delivery.address": _l("This address cannot be written into a mail."),
    "delivery.mail_status": _l("The mail server answered with %(status)s."),
    "delivery.no_end": _l("The try to send it never came to an end."),
    "delivery.no_mail_server": _l("The mail server cannot be reached."),
    "delivery.nobody": _l("There is nobody to send it to any more."),
    "delivery.refused": _l("The mail server refused the address (%(status)s)."),
    "delivery.status": _l("The server answered with status %(status)s."),
    "delivery.unreachable": _l(
        "There was no valid answer from this address. It must be a public https server that answers within 5 seconds."
    ),
    "url.incomplete": _l("This is not a complete address. Write it like https://example.org/academy."),
    "url.parts": _l("Write the address like https://example.org/academy, without spaces, user name, password or #."),
    "url.port": _l("Use port 443, or a port from 8000 to 9999."),
    "url.private": _l("Use the name of a public server; private addresses cannot be called."),
    "url.scheme": _l("The address must start with https://."),
    "webhook.button": _l("Use one of the buttons of the page. Nothing was changed."),
    "webhook.none": _l("Your organization has no webhook address yet."),
    "webhook.off": _l("There is no webhook address that is switched on. Save one first."),
    "webhook.test_limit": _l("There were ten test calls within ten minutes. Wait a little."),
}
