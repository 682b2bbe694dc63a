"""create_app(config): the only module that knows every slice. It wires and decides nothing."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from sqlmodel import select
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from trainer_academy import cli, pages, words
from trainer_academy.accounts import token_views
from trainer_academy.accounts import views as accounts
from trainer_academy.accounts.models import User
from trainer_academy.accounts.principal import Principal, Stranger, load_principal
from trainer_academy.api import views as api
from trainer_academy.assessments.bank import views as author_views
from trainer_academy.assessments.contests import views as contest_views
from trainer_academy.assessments.corrections import views as correction_views
from trainer_academy.assessments.corrections import vote_views
from trainer_academy.assessments.exams import views as exam_views
from trainer_academy.assessments.exams.scoring import Marks
from trainer_academy.assessments.practice import views as practice_views
from trainer_academy.assessments.rating import views as rating_views
from trainer_academy.assessments.results import views as result_views
from trainer_academy.config import Config
from trainer_academy.core.clock import Clock, SteadyClock, utc_now
from trainer_academy.core.db import MAX_ID, Database
from trainer_academy.core.errors import ConfigError
from trainer_academy.courses import views as courses
from trainer_academy.credentials.checking import views as verify_views
from trainer_academy.credentials.life.issuer import make_issuer
from trainer_academy.credentials.pages import download_views, holder_views, trust_views
from trainer_academy.credentials.pages import views as credentials
from trainer_academy.credentials.signing.keys import KeyRing
from trainer_academy.library import Library, load_library
from trainer_academy.measurement.analysis import views as analysis_views
from trainer_academy.measurement.calibrations import views as calibration_views
from trainer_academy.measurement.cards import views as card_views
from trainer_academy.measurement.reports import rule_views
from trainer_academy.measurement.reports import views as report_views
from trainer_academy.measurement.standard_setting import judge_views
from trainer_academy.notices import views as notices
from trainer_academy.operate import credential_views as operate_credentials
from trainer_academy.operate import exam_views as integrity_views
from trainer_academy.operate import people_views as operate_people
from trainer_academy.operate import rating_views as operate_rating
from trainer_academy.operate import study_views
from trainer_academy.operate import views as operate_views
from trainer_academy.pool import views as pool
from trainer_academy.vendors import sitting_views
from trainer_academy.vendors import views as vendors
from trainer_academy.web import access, assets, errors, filters, headers
from trainer_academy.web import words as web_words
from trainer_academy.web.context import close_sessions, now, provide, reading
from trainer_academy.workflows.certification import Services

MAX_BODY = 1024 * 1024


class BoundedId(IntegerConverter):
    """Ids that fit the database; larger ones are a 404, not a crash."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **(kwargs | {"max": MAX_ID}))  # type: ignore[arg-type]


def create_app(config: Config, clock: Clock = utc_now, library: Library | None = None) -> Flask:
    """The application. Raises ConfigError or ContentError when it may not start."""
    app = Flask("trainer_academy", static_folder=None)
    set_up_flask(app, config)
    provide_things(app, config, clock, library or load_library(config.content))
    set_up_requests(app)
    web_words.register(app, words.PARTS)
    for blueprint in (
        assets.bp,
        pages.home_bp,
        operate_views.bp,
        operate_credentials.bp,
        operate_rating.bp,
        operate_people.bp,
        accounts.bp,
        courses.bp,
        practice_views.bp,
        exam_views.bp,
        result_views.bp,
        rating_views.bp,
        integrity_views.bp,
        author_views.bp,
        calibration_views.bp,
        contest_views.bp,
        correction_views.bp,
        vote_views.bp,
        rule_views.bp,
        card_views.bp,
        analysis_views.bp,
        credentials.bp,
        holder_views.bp,
        trust_views.bp,
        verify_views.bp,
        download_views.bp,
        api.bp,
        token_views.bp,
        notices.bp,
        pool.bp,
        vendors.bp,
        sitting_views.bp,
        study_views.bp,
        judge_views.bp,
        report_views.bp,
    ):
        app.register_blueprint(blueprint)
    cli.register(app)
    access.check_declarations(app)
    return app


def set_up_flask(app: Flask, config: Config) -> None:
    name = "ta_session"
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME=f"__Host-{name}" if config.is_secure else name,
        SESSION_COOKIE_SECURE=config.is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        WTF_CSRF_TIME_LIMIT=None,  # bound to the session; an exam page may stay open for hours
        TESTING=config.environment == "test",
        PROPAGATE_EXCEPTIONS=False,
        BABEL_DEFAULT_LOCALE="en",
    )
    app.url_map.converters["int"] = BoundedId
    app.url_map.merge_slashes = False  # the redirect would be built from the Host header, which the sender chooses
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def provide_things(app: Flask, config: Config, clock: Clock, library: Library) -> None:
    database = Database(config.database_url)
    loaded = assets.load_assets()
    services = make_services(config, library)
    app.extensions["clock"] = SteadyClock(clock)
    app.jinja_env.filters["marks"] = Marks.of
    app.jinja_env.globals["task_banks"] = frozenset(
        key for key, bank in library.store.banks.items() if bank.file.prompt_is == "task"
    )
    provide(
        app,
        config,
        database,
        library,
        library.catalog,
        library.store,
        library.achievements,
        loaded,
        services,
        services.issuer,
    )
    filters.register(app, loaded, has_demo_data=config.instance.joinpath("demo-accounts.json").exists())


def make_services(config: Config, library: Library) -> Services:
    """What certification needs, also for jobs and demo data."""
    keys = KeyRing.open(config.instance, config.did, utc_now(), config.key_passphrase)
    issuer = make_issuer(config.base_url, config.did, keys, library.achievements)
    return Services(library.store, issuer, config.fastest_reading)


def set_up_requests(app: Flask) -> None:
    protection = CSRFProtect(app)
    protection.exempt(api.bp)  # it asks for the token itself, unless the caller has a bearer token
    # Checking a file changes nothing, and works where cookies are blocked.
    protection.exempt("trainer_academy.credentials.checking.views.verify_file")
    login = LoginManager(app)
    login.session_protection = None  # phones change their address; sessions end in the database instead
    login.anonymous_user = Stranger

    @login.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> Principal | None:
        return load_principal(reading(), token, now())

    @login.request_loader  # type: ignore[untyped-decorator]
    def load_caller(_request: object) -> Principal | None:
        return api.load_bearer()

    app.before_request(access.guard)
    app.after_request(headers.add_headers)
    app.teardown_appcontext(close_sessions)
    errors.register(app)


def refuse_demo_data(database: Database) -> None:
    """Production does not run on made-up people. Raises ConfigError."""
    with database.reader() as session:
        if session.exec(select(User.id).where(User.is_demo).limit(1)).first() is not None:
            raise ConfigError(
                "This database holds demo accounts. Production needs an empty database: set TA_DATABASE_URL or TA_INSTANCE."
            )
