"""ASGI entry point, for servers that want one; the product itself is served by WSGI."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "uniha_clausier.settings")
application = get_asgi_application()
