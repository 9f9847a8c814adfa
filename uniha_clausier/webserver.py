"""The configuration of gunicorn: `gunicorn -c python:uniha_clausier.webserver`.

The names below are those of gunicorn's settings.
"""

from typing import Any

from gunicorn.http import wsgi

from uniha_clausier.common import env, metrics_folder
from uniha_clausier.settings import LOGGING

# Which server answers is told to nobody: its « Server » header says only this.
wsgi.SERVER = "clausier"

wsgi_app = "uniha_clausier.wsgi:application"
bind = "127.0.0.1:" + str(
    env.integer(
        "PORT", default=8000, minimum=1, maximum=65535, help="port du serveur web sur 127.0.0.1"
    )
)
workers = env.integer(
    "WEB_WORKERS", default=2, minimum=1, maximum=64, help="nombre de processus du serveur web"
)
threads = 4
worker_class = "gthread"
# The application is imported once, before the workers are forked: half the start and memory.
preload_app = True
timeout = 60
# Longer than a proxy keeps an idle connection (deploy/: 60 s): closed from here first, it could be
# at the moment when the proxy sends a save, which a proxy may not send twice.
keepalive = 75
graceful_timeout = 5
loglevel = "warning"
# What a proxy says of a request is believed by the settings alone (BEHIND_PROXY): gunicorn would
# believe whoever asks from this machine, and the proxies of deploy/ let some of its headers through.
forwarded_allow_ips = ""
# No interface to steer the server while it runs: nobody uses it, and two instances of one person
# would fight over its socket.
control_socket_disable = True
# What gunicorn itself says goes into the same log as the rest.
logconfig_dict = LOGGING | {"loggers": {"gunicorn.error": {"level": "WARNING", "propagate": True}}}


def post_fork(server: Any, worker: Any) -> None:
    """Give the new process its own room to count in."""
    if not metrics_folder.reserve(worker.pid):
        from uniha_clausier.common import metrics  # read after the fork, where it counts

        metrics.stop()
