"""WSGI entry point, served by gunicorn, which imports it once before it forks its workers."""

import os

from django.core.wsgi import get_wsgi_application

from uniha_clausier import settings
from uniha_clausier.common import metrics_folder

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "uniha_clausier.settings")
metrics_folder.prepare(settings.CLAUSIER_HOME / "metrics")
application = get_wsgi_application()
