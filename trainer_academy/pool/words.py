"""The words for what this part refuses. A code stands where it is raised; its words stand here, for gettext."""

from babel import Locale
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from trainer_academy.pool.vocabulary import COUNTRIES, LANGUAGES

WORDS = {
    "offer.answer_accepted": _l("You accepted this offer already."),
    "offer.answer_sent": _l("This offer cannot be answered now."),
    "offer.answer_declined": _l("You declined this offer already."),
    "offer.answer_expired": _l("The time to answer this offer is over."),
    "offer.answer_withdrawn": _l("The client has withdrawn this offer."),
    "offer.below_floor": _l("This person works from $%(asked)s an hour. With this offer they would get $%(given)s."),
    "offer.button": _l("Use one of the two buttons. Nothing was changed."),
    "offer.no_certificate": _l("This person has no valid certificate for this requisition now."),
    "offer.no_vendor": _l("This person works on their own. Set the share of the vendor to 0."),
    "offer.not_in_pool": _l("This person is not in the pool now."),
    "offer.own_certificate": _l(
        "Your certificate for this work is not valid any more. You can renew it, or decline the offer."
    ),
    "offer.second": _l("This person has an offer for this requisition already. Each person gets one."),
    "offer.unknown": _l("There is no such offer to you."),
    "profile.empty": _l("Fill in and save your profile first."),
    "profile.race": _l("Your profile was saved in another window at the same moment. Reload the page."),
    "profile.vocabulary": _l(
        "The profile names a country, time zone, language or field that we do not know. Nothing was saved."
    ),
    "requisition.closed": _l("This requisition is closed. Open a new one to make offers."),
    "requisition.closed_already": _l("This requisition is closed already."),
    "requisition.unknown": _l("There is no such requisition in your organization."),
    "specialist.not_listed": _l("This person is not in the pool now."),
}

DOMAIN_NAMES = {
    "daily": _l("Daily life"),
    "school": _l("School subjects"),
    "education": _l("Teaching"),
    "office": _l("Office work"),
    "work": _l("Working life"),
    "code": _l("Programming"),
    "engineering": _l("Engineering"),
    "robotics": _l("Robotics"),
    "science": _l("Science"),
    "mathematics": _l("Mathematics"),
    "health": _l("Health and fitness"),
    "medicine": _l("Medicine"),
    "law": _l("Law"),
    "money": _l("Personal money"),
    "finance": _l("Finance"),
    "travel": _l("Travel"),
    "translation": _l("Translation"),
    "speech": _l("Speech and audio"),
    "images": _l("Images and video"),
    "safety": _l("Safety"),
}


def country_name(code: str) -> str:
    """A country in the language in force. English has the short names of the vocabulary."""
    locale = _other_than_english()
    return (locale.territories.get(code) if locale else None) or COUNTRIES.get(code, code)


def language_name(code: str) -> str:
    """A language, named in the language in force."""
    locale = _other_than_english()
    return (locale.languages.get(code) if locale else None) or LANGUAGES.get(code, code)


def domain_name(key: str) -> str:
    """A field of knowledge in words."""
    return str(DOMAIN_NAMES.get(key, key))


def _other_than_english() -> Locale | None:
    locale = get_locale()
    return locale if locale and locale.language != "en" else None
