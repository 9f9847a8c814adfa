"""Make the key, the database, a person and the client; then serve until killed.

``PROVIDER_HOME``: its folder; ``PROVIDER_ISSUER``: its address; ``PROVIDER_CLIENT``: that of ours.
"""

import os
from pathlib import Path
from typing import Any
from wsgiref.simple_server import make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

ISSUER, CLIENT = os.environ["PROVIDER_ISSUER"], os.environ["PROVIDER_CLIENT"]
key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)
(Path(os.environ["PROVIDER_HOME"]) / "key.pem").write_bytes(key)
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.accounts.openid_provider.settings"
django.setup()
call_command("migrate", verbosity=0)

from django.contrib.auth import get_user_model  # noqa: E402 - after setup
from oauth2_provider.models import Application  # noqa: E402

people: Any = get_user_model().objects
people.create_user(username="claire", password="mot de passe annuaire")
Application.objects.create(
    client_id="clausier",
    client_secret="secret",
    client_type="confidential",
    authorization_grant_type="authorization-code",
    redirect_uris=f"{CLIENT}/connexion/fournisseur/annuaire/retour/",
    post_logout_redirect_uris=f"{CLIENT}/connexion/",
    algorithm="RS256",
    skip_authorization=True,
)
make_server(
    "127.0.0.1", int(ISSUER.split(":")[2].split("/")[0]), get_wsgi_application()
).serve_forever()
