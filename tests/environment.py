"""The environment of the tests, set before the settings are read (a pytest plugin, ``-p``)."""

import os
import secrets

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "uniha_clausier.settings")
os.environ["DEMO"] = "1"
os.environ["DEBUG"] = "0"
os.environ["STATIC_MANIFEST"] = "0"
os.environ.setdefault("SECRET_KEY", f"demo-{secrets.token_urlsafe(64)}")
