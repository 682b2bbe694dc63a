"""The WSGI application, from the settings in the environment."""

import sys

from trainer_academy.app import create_app
from trainer_academy.config import Config
from trainer_academy.core.errors import ContentError
from trainer_academy.library import Library

try:
    app = create_app(Config.from_env())
except ContentError:
    # `flask content check` has to run when the content is wrong: it reads the files itself and reports all mistakes.
    if "content" not in sys.argv:
        raise
    app = create_app(Config.from_env(), library=Library())
