"""The connection of the settings, told to the tools of PostgreSQL as libpq reads it: variables."""

import os
from typing import Any

VARIABLES = {
    "hostaddr": "PGHOSTADDR",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "require_auth": "PGREQUIREAUTH",
    "channel_binding": "PGCHANNELBINDING",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "client_encoding": "PGCLIENTENCODING",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcertmode": "PGSSLCERTMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcrl": "PGSSLCRL",
    "sslcrldir": "PGSSLCRLDIR",
    "sslsni": "PGSSLSNI",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "requirepeer": "PGREQUIREPEER",
    "gssencmode": "PGGSSENCMODE",
    "krbsrvname": "PGKRBSRVNAME",
    "gsslib": "PGGSSLIB",
}
"""What may follow the ``?`` of DATABASE_URL and has a variable; a keepalive has none, and is left."""


def environment(given: dict[str, Any], *, options: str = "") -> dict[str, str]:
    """Return our variables with the database of a Django connection, asked as the program asks it.

    ``options`` are added to those of the server (``-c name=value``).
    """
    asked = {key: given.get("OPTIONS", {}).get(key) for key in VARIABLES}
    told = {VARIABLES[key]: value for key, value in asked.items()}
    told |= {
        "PGHOST": given["HOST"],
        "PGPORT": given["PORT"],
        "PGUSER": given["USER"],
        "PGPASSWORD": given["PASSWORD"],
        "PGDATABASE": given["NAME"],
    }
    if options:
        told["PGOPTIONS"] = (
            f"{told['PGOPTIONS'] or os.environ.get('PGOPTIONS', '')} {options}".strip()
        )
    return os.environ | {name: str(value) for name, value in told.items() if value}
