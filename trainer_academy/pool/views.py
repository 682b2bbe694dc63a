"""Pages of the pool: a specialist's profile and offers, a client's search, requisitions and offers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.accounts.principal import Role
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.core.errors import BadInput, NotFound, Refusal
from trainer_academy.courses.catalog import Catalog
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.measurement.cards.steps import is_shown_to_clients, load_card
from trainer_academy.pool import offers as offering
from trainer_academy.pool import profiles, vocabulary
from trainer_academy.pool import requisitions as needs
from trainer_academy.pool.cards import SpecialistCard, find_card
from trainer_academy.pool.filters import MAX_LEVEL, MAX_PAGE, NO_FILTER, PoolFilter, read_filter
from trainer_academy.pool.forms import OfferForm, ProfileForm, RequisitionForm
from trainer_academy.pool.models import Offer, OfferStatus, Requisition
from trainer_academy.pool.offers import OfferTerms
from trainer_academy.pool.search import search as search_pool
from trainer_academy.pool.words import country_name, domain_name, language_name
from trainer_academy.web.access import CLIENT, SIGNED_IN, allow
from trainer_academy.web.context import config, db, get, me, now
from trainer_academy.web.words import say
from trainer_academy.workflows import staffing

bp = Blueprint("pool", __name__)
GROUP_LABELS: dict[str, Callable[[], str]] = {
    "achievement": lambda: _("Certificate"),
    "level": lambda: _("Lowest level"),
    "language": lambda: _("Language"),
    "country": lambda: _("Country"),
    "domain": lambda: _("Field"),
    "max_rate": lambda: _("Highest pay an hour"),
    "min_hours": lambda: _("Hours a week"),
    "page": lambda: _("Page"),
}
STATUS_LABELS: dict[str, Callable[[], str]] = {
    "sent": lambda: _("waiting for an answer"),
    "accepted": lambda: _("accepted"),
    "declined": lambda: _("declined"),
    "withdrawn": lambda: _("withdrawn"),
    "expired": lambda: _("time is over"),
}


@bp.context_processor
def names() -> dict[str, object]:
    """What the pool's templates call codes and statuses."""
    return {
        "language_name": language_name,
        "country_name": country_name,
        "domain_name": domain_name,
        "offer_status": lambda status: STATUS_LABELS[status](),
        "filter_label": filter_label,
        "filter_value": filter_value,
        "achievement_name": lambda key: get(Achievements).name(key),
    }


def filter_label(group: str) -> str:
    return GROUP_LABELS[group]()


def filter_value(group: str, value: str) -> str:
    """A filter's value in words."""
    words: dict[str, Callable[[str], str]] = {
        "achievement": get(Achievements).name,
        "language": language_name,
        "country": country_name,
        "domain": domain_name,
        "level": lambda level: _("%(n)s or higher", n=level),
        "max_rate": lambda amount: _("up to $%(amount)s", amount=amount),
        "min_hours": lambda n: _("%(n)s or more", n=n),
    }
    return words[group](value)


def _client() -> Role:
    role = me().organization("client", "buyer")
    assert role is not None  # the rule CLIENT admits nobody else
    return role


def _own_requisition(requisition_id: int) -> Requisition:
    return needs.find_requisition(db(), _client().organization_id, requisition_id)


@bp.route("/profile", methods=["GET", "POST"])
@allow(SIGNED_IN)
def my_profile() -> ResponseReturnValue:
    loaded = profiles.load_profile(db(), me().id)
    form = ProfileForm(data=vars(loaded[1]) if loaded else None)
    if form.validate_on_submit():
        profiles.save_profile(db(), me().id, _profile_values(form), now())
        db().commit()
        flash(_("Your profile was saved."))
        return redirect(url_for("pool.my_profile"))
    card = find_card(db(), me().id, now()) if loaded else None
    return render_template("pool/my_profile.html", form=form, card=card), 400 if form.errors else 200


def _profile_values(form: ProfileForm) -> profiles.ProfileValues:
    typed = form.data
    return profiles.ProfileValues(
        alias=typed["alias"],
        country=typed["country"],
        time_zone=typed["time_zone"],
        rate_floor=typed["rate_floor"],
        hours_per_week=typed["hours_per_week"],
        about=typed["about"] or "",
        languages=tuple(typed["languages"]),
        domains=tuple(typed["domains"] or ()),
    )


@bp.post("/profile/listing")
@allow(SIGNED_IN)
def list_profile() -> ResponseReturnValue:
    """List the profile or pause it, by the value of the button."""
    wish = request.form.get("listing")
    if wish not in ("list", "pause"):
        raise BadInput("offer.button")
    outcome = profiles.set_listed(db(), me().id, wish == "list", now())
    if isinstance(outcome, Refusal):
        flash(say(outcome))
    else:
        db().commit()
        flash(_("Your profile is listed.") if outcome.is_listed else _("Your profile is paused. No client can find it."))
    return redirect(url_for("pool.my_profile"))


@bp.get("/pool")
@allow(CLIENT)
def search() -> ResponseReturnValue:
    achievements = get(Achievements)
    wanted, ignored = read_filter(request.args.to_dict(flat=False), achievements.by_key)
    requisition = _requisition_in_address()
    page = search_pool(db(), wanted, list(achievements.by_key), now())

    def address(other: PoolFilter = NO_FILTER, number: int = 1) -> str:
        return url_for("pool.search", requisition=requisition.id if requisition else None, **other.args(number))

    return render_template(
        "pool/search.html",
        wanted=wanted,
        page=page,
        ignored=ignored,
        requisition=requisition,
        address=address,
        achievements=achievements.by_key,
        vocabulary=vocabulary,
        max_level=MAX_LEVEL,
        max_page=MAX_PAGE,
        checked_at=now(),
    )


def _requisition_in_address() -> Requisition | None:
    """The client's own requisition that the search is for, when the address names one."""
    number = request.args.get("requisition", "")
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        return None
    return _own_requisition(int(number))


@bp.get("/pool/<int:user_id>")
@allow(CLIENT)
def specialist(user_id: int) -> ResponseReturnValue:
    card = _visible_card(user_id)
    matching = [one for one in needs.open_requisitions(db(), _client().organization_id) if card.holds(one.achievement_key)]
    own = load_card(db(), get(ItemStore), user_id) if is_shown_to_clients(db(), user_id) else None
    skills = {key: name for course in get(Catalog).courses.values() for key, name in course.skills.items()}
    return render_template(
        "pool/specialist.html", card=card, requisitions=matching, checked_at=now(), evaluator=own, skills=skills
    )


def _visible_card(user_id: int) -> SpecialistCard:
    """The card, while the person is in the pool or has an offer of this client."""
    card = find_card(db(), user_id, now())
    if card is None or not (card.is_in_pool or offering.has_offer_from(db(), _client().organization_id, user_id)):
        raise NotFound("specialist.not_listed")
    return card


@bp.get("/requisitions")
@allow(CLIENT)
def requisitions() -> ResponseReturnValue:
    rows = needs.list_requisitions(db(), _client().organization_id)
    return render_template("pool/requisitions.html", rows=rows, client=_client().organization)


@bp.route("/requisitions/new", methods=["GET", "POST"])
@allow(CLIENT)
def new_requisition() -> ResponseReturnValue:
    choices = [(key, one.name) for key, one in get(Achievements).by_key.items()]
    form = RequisitionForm(choices, _first_day(), achievement_key=request.args.get("achievement"))
    if form.validate_on_submit():
        made = needs.create_requisition(db(), _client().organization_id, me().id, _requisition_values(form), now())
        db().commit()
        flash(_("The requisition is open. Now find specialists for it."))
        return redirect(url_for("pool.requisition", requisition_id=made.id))
    return render_template("pool/new_requisition.html", form=form), 400 if form.errors else 200


def _first_day() -> date:
    """Today where the day ends last on earth (UTC-12): nobody's today is refused."""
    return (now() - timedelta(hours=12)).date()


def _requisition_values(form: RequisitionForm) -> needs.RequisitionValues:
    typed = form.data
    names = ("title", "description", "achievement_key", "client_rate", "hours", "starts_on")
    return needs.RequisitionValues(**{name: typed[name] for name in names})


@bp.get("/requisitions/<int:requisition_id>")
@allow(CLIENT)
def requisition(requisition_id: int) -> ResponseReturnValue:
    found = _own_requisition(requisition_id)
    return render_template(
        "pool/requisition.html", requisition=found, offers=offering.offers_of_requisition(db(), found, now())
    )


@bp.post("/requisitions/<int:requisition_id>/close")
@allow(CLIENT)
def close_requisition(requisition_id: int) -> ResponseReturnValue:
    withdrawn = staffing.close_requisition(db(), _own_requisition(requisition_id), me().id, now())
    if isinstance(withdrawn, Refusal):
        flash(say(withdrawn))
    else:
        db().commit()
        flash(_("The requisition is closed. Offers withdrawn because nobody had answered: %(n)s.", n=withdrawn))
    return redirect(url_for("pool.requisition", requisition_id=requisition_id))


@bp.route("/requisitions/<int:requisition_id>/offer/<int:user_id>", methods=["GET", "POST"])
@allow(CLIENT)
def make_offer(requisition_id: int, user_id: int) -> ResponseReturnValue:
    """Write an offer and see what the person will see; the button "Send" sends it."""
    found, card = _own_requisition(requisition_id), _visible_card(user_id)
    form = OfferForm(client_rate=found.client_rate, hours=found.hours)
    outcome = None
    if form.validate_on_submit() and request.form.get("step") == "send":
        outcome = _send_offer(found, card, form)
        if isinstance(outcome, Offer):
            flash(_("The offer was sent to %(alias)s.", alias=card.alias))
            return redirect(url_for("pool.requisition", requisition_id=requisition_id))
    terms = None if form.errors else _terms(form)
    refusal = outcome or (terms and offering.refusal_to_send(db(), found, user_id, terms, now()))
    page = {
        "form": form,
        "requisition": found,
        "card": card,
        "terms": terms,
        "refusal": refusal,
        "client": _client().organization,
    }
    return render_template("pool/make_offer.html", **page), 400 if form.errors else 409 if outcome else 200


def _terms(form: OfferForm) -> OfferTerms:
    typed = form.data
    return OfferTerms(
        client_rate=typed["client_rate"],
        vendor_percent=typed["vendor_percent"],
        hours=typed["hours"],
        message=typed["message"] or "",
        answer_by=now() + timedelta(days=typed["days"]),
    )


def _send_offer(found: Requisition, card: SpecialistCard, form: OfferForm) -> Offer | Refusal:
    outcome = staffing.send_offer(
        db(), found, card.user_id, _terms(form), me().id, _client().organization, config().base_url, now()
    )
    if isinstance(outcome, Offer):
        db().commit()
    return outcome


@bp.get("/offers")
@allow(SIGNED_IN)
def my_offers() -> ResponseReturnValue:
    return render_template("pool/my_offers.html", offers=offering.own_offers(db(), me().id, now()))


@bp.get("/offers/<int:offer_id>")
@allow(SIGNED_IN)
def offer(offer_id: int) -> ResponseReturnValue:
    return render_template("pool/offer.html", view=offering.find_own_offer(db(), me().id, offer_id, now()))


@bp.post("/offers/<int:offer_id>/answer")
@allow(SIGNED_IN)
def answer_offer(offer_id: int) -> ResponseReturnValue:
    outcome = staffing.answer_offer(db(), me().id, offer_id, request.form.get("answer", ""), config().base_url, now())
    if isinstance(outcome, Refusal):
        flash(say(outcome))
    else:
        db().commit()
        yes = _("You accepted. The client now sees your name and login, and you see theirs.")
        flash(yes if outcome.status == OfferStatus.ACCEPTED else _("You declined. Nothing else changes for you."))
    return redirect(url_for("pool.offer", offer_id=offer_id))
