"""The settings of the product. Each variable of the environment is read through ``common.env``.

Two modes only: the demo (``DEMO=1``: a machine of one's own, plain HTTP) and production. DEBUG
exists in the demo alone, and production refuses a secret made for the demo.
"""

import sys
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from uniha_clausier.common import env, openid_providers

BASE_DIR = Path(__file__).resolve().parent.parent

DEMO = env.boolean("DEMO", default=False, help="mode démonstration, sur sa propre machine")
DEBUG = env.boolean("DEBUG", default=False, help="pages de débogage, seulement avec DEMO=1")
if DEBUG and not DEMO:
    raise env.ConfigurationError(
        "DEBUG = « 1 » : interdit en production, car les erreurs montreraient des données. "
        "Retirez DEBUG, ou ajoutez DEMO=1 sur une machine de développement."
    )

CLAUSIER_HOME = env.path(
    "CLAUSIER_HOME",
    default=BASE_DIR / "var",
    help="dossier des données : base embarquée, documents scellés, clés de la démonstration",
)
SECRET_KEY = env.secret(
    "SECRET_KEY",
    default=env.demo_secret(CLAUSIER_HOME / "demo-secret-key") if DEMO else env.REQUIRED,
    allow_demo=DEMO,
    help="signe les sessions ; propre à chaque installation",
)
SECRET_KEY_FALLBACKS = [
    key
    for key in [
        env.text("SECRET_KEY_PREVIOUS", default="", help="ancien secret, le temps du changement")
    ]
    if key
]
ALLOWED_HOSTS = env.csv_list(
    "ALLOWED_HOSTS",
    default=["localhost", "127.0.0.1", "[::1]"],
    help="noms sous lesquels le site est servi",
)
CSRF_TRUSTED_ORIGINS = env.csv_list(
    "CSRF_TRUSTED_ORIGINS", default=[], help="origines https:// acceptées derrière un mandataire"
)

INSTALLED_APPS = [
    "uniha_clausier.common",
    "uniha_clausier.accounts",
    "vendors",
    "checklists",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "uniha_clausier.common.request_log.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "uniha_clausier.common.headers.ClosedHeadersMiddleware",
    "uniha_clausier.common.row_scope.RowScopeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "uniha_clausier.accounts.middleware.SessionActivityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "uniha_clausier.accounts.middleware.FactorRequiredMiddleware",
    "uniha_clausier.accounts.middleware.StandInMiddleware",
    "uniha_clausier.accounts.middleware.SignInRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "uniha_clausier.accounts.middleware.WrongMethodMiddleware",
    "uniha_clausier.common.addresses.ImpossibleAddressMiddleware",
]

ROOT_URLCONF = "uniha_clausier.urls"
WSGI_APPLICATION = "uniha_clausier.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "uniha_clausier.accounts.context_processors.navigation",
            ],
            # « date », « now » and « filesizeformat », as French writes them.
            "builtins": ["uniha_clausier.common.templatetags.french"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# -- Database: SQLite embedded by default, PostgreSQL in deployments ---------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.database(
        "DATABASE_URL",
        default=f"sqlite:///{CLAUSIER_HOME / 'clausier.sqlite3'}",
        help="la base de données",
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: a transaction that will write takes the lock at its start, so that two writers
    # queue instead of failing. FULL: an acknowledged write survives a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        ),
    }
DATABASES["default"]["CONN_MAX_AGE"] = env.integer(
    "CONN_MAX_AGE", default=60, minimum=0, help="durée de vie d’une connexion, en secondes"
)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
REPLICA_URL = env.database(
    "REPLICA_URL",
    default=None,
    help="réplique PostgreSQL, où se lisent les listes et les rapports tant qu’elle est à jour",
)
if REPLICA_URL is not None:
    engines = {REPLICA_URL["ENGINE"], DATABASES["default"]["ENGINE"]}
    if engines != {"django.db.backends.postgresql"}:
        raise env.ConfigurationError("REPLICA_URL : seule une base PostgreSQL a des répliques.")
    DATABASES["replica"] = REPLICA_URL | {
        "CONN_MAX_AGE": DATABASES["default"]["CONN_MAX_AGE"],
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": REPLICA_URL.get("OPTIONS", {})
        | {"connect_timeout": 2, "application_name": "clausier-liste"},
        "TEST": {"MIRROR": "default"},
    }
    DATABASE_ROUTERS = ["uniha_clausier.common.replica.Router"]
DATABASE_PREPARE = env.boolean(
    "DATABASE_PREPARE",
    default=True,
    help=(
        "PostgreSQL garde le plan des requêtes les plus fréquentes, par connexion ; 0 derrière un "
        "répartiteur de connexions en mode transaction (PgBouncer)"
    ),
)
ROW_SECURITY = env.boolean(
    "ROW_SECURITY",
    default=False,
    help="1 : PostgreSQL sépare lui-même les établissements (après manage.py secure_rows)",
)
if ROW_SECURITY and not DATABASE_PREPARE:
    raise env.ConfigurationError(
        "ROW_SECURITY : un répartiteur en mode transaction mêlerait les établissements ; "
        "connectez le programme à PostgreSQL sans lui, ou par son mode session."
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The limits of sign-in attempts must hold across processes: they live in the database. Never full:
# else whoever filled it would push the limits of others out (see common/limits.py).
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "common_cache",
        "OPTIONS": {"MAX_ENTRIES": sys.maxsize},
    }
}

# -- People ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["uniha_clausier.accounts.sessions.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# CNIL délibération 2022-100: 12 characters at least when the password stands alone.
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "full_name"]},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_SESSION_REMEMBER = False  # ward PCs are shared: the session ends with the browser
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no message to an address that has no account
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_ADAPTER = "uniha_clausier.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "uniha_clausier.accounts.forms.sign_in.SignInForm",
    "change_password": "uniha_clausier.accounts.forms.sign_in.ChangePasswordForm",
    "reset_password": "uniha_clausier.accounts.forms.sign_in.ResetPasswordForm",
    "reset_password_from_key": "uniha_clausier.accounts.forms.sign_in.ResetPasswordKeyForm",
    "reauthenticate": "uniha_clausier.accounts.forms.factors.ReauthenticateForm",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600  # seconds in which what protects an account may be changed
MFA_ADAPTER = "uniha_clausier.accounts.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Clausier"
# A code opens for its thirty seconds alone (OWASP ASVS 5.0, 6.5.5), and once.
MFA_TOTP_TOLERANCE = 0
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO  # http://localhost
MFA_FORMS = {
    "authenticate": "uniha_clausier.accounts.forms.factors.CodeForm",
    "reauthenticate": "uniha_clausier.accounts.forms.factors.CodeAgainForm",
    "activate_totp": "uniha_clausier.accounts.forms.factors.ApplicationForm",
    "add_webauthn": "uniha_clausier.accounts.forms.factors.KeyForm",
    "edit_webauthn": "uniha_clausier.accounts.forms.factors.KeyNameForm",
}
# The usual roles of a new facility, and the operators, need a second factor.
FACTORS_BY_DEFAULT = not DEMO
OPENID_PROVIDERS_FILE = env.path(
    "OPENID_PROVIDERS",
    default=None,
    must_exist=True,
    help="fournisseurs d’identité OpenID Connect (JSON) ; sans eux, adresse et mot de passe",
)
OPENID_PROVIDERS = openid_providers.read(OPENID_PROVIDERS_FILE, allow_http=DEMO)
OPENID_ONLY = env.boolean(
    "OPENID_ONLY",
    default=False,
    help="1 : connexion par les fournisseurs d’identité seuls ; un exploitant garde son mot de passe",
)
if OPENID_ONLY and not OPENID_PROVIDERS:
    raise env.ConfigurationError(
        "OPENID_ONLY = « 1 » : personne ne pourrait se connecter. Donnez OPENID_PROVIDERS, ou "
        "retirez OPENID_ONLY."
    )
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Clausier] "
ACCOUNT_EMAIL_NOTIFICATIONS = True  # OWASP ASVS 5.0 6.3.7: a changed password is told by mail
# OWASP ASVS 5.0 6.3.1: ten tries in five minutes for one account, more for one address, since a
# whole hospital may sit behind one.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "60/m/ip,10/5m/key",
    "reset_password": "20/m/ip,5/h/key",
    "change_password": "5/m/user",
    "reauthenticate": "20/m/user",
    "openid": "30/m/ip",  # departures for an identity provider
    "answer_files": "60/m/key",  # files that one candidate joins
    "answer_writes": "300/m/key",  # whatever one candidate sends: a typist makes some 60 saves
    "api": "300/m/key",  # calls of one token
    "api_refused": "60/m/ip",  # tokens that do not exist
    "answer_link": "60/m/ip",  # addresses of candidates that do not exist
}
PASSWORD_RESET_TIMEOUT = 3600
SESSION_ENGINE = "uniha_clausier.accounts.sessions"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
# OWASP ASVS 5.0, 7.3.1 and 7.3.2: so long without an activity, so long whatever happens.
SESSION_COOKIE_AGE = 60 * env.integer(
    "SESSION_IDLE_MINUTES",
    default=30,
    minimum=5,
    maximum=720,
    help="durée d’une session sans activité, en minutes",
)
SESSION_LONGEST = 3600 * env.integer(
    "SESSION_MAX_HOURS",
    default=12,
    minimum=1,
    maximum=24,
    help="durée d’une session quoi qu’il arrive, en heures",
)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "uniha_clausier.accounts.views.sign_in.csrf_failure"

# -- Language ----------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

# -- Files -------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = CLAUSIER_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_MANIFEST = env.boolean(
    "STATIC_MANIFEST",
    default=not DEBUG,
    help="fichiers statiques rassemblés et nommés par empreinte (collectstatic)",
)
STORAGE = env.storage(
    "STORAGE_URL",
    help="fichiers des candidats et documents sur un service S3, à la place de CLAUSIER_HOME/files",
)
S3_ACCESS_KEY = env.secret(
    "S3_ACCESS_KEY", default="", minimum_length=1, help="identifiant de la clé du service S3"
)
S3_SECRET_KEY = env.secret(
    "S3_SECRET_KEY", default="", minimum_length=1, help="clé secrète du service S3"
)
env.require_alternative({"S3_ACCESS_KEY": S3_ACCESS_KEY, "S3_SECRET_KEY": S3_SECRET_KEY})
STORAGES: dict[str, dict[str, Any]] = {
    "default": (
        {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": CLAUSIER_HOME / "files", "file_permissions_mode": 0o600},
        }
        if STORAGE is None
        else {
            "BACKEND": "uniha_clausier.common.object_storage.ObjectStorage",
            "OPTIONS": STORAGE
            | {"access_key": S3_ACCESS_KEY or None, "secret_key": S3_SECRET_KEY or None},
        }
    ),
    "staticfiles": {
        "BACKEND": (
            "uniha_clausier.common.static_files.StaticFiles"
            if STATIC_MANIFEST
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not STATIC_MANIFEST
FIXTURE_FOLDER = BASE_DIR / "fixtures"
# A whole chapter of long texts posts about 1 MB; more is refused by the fields, with a sentence.
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
# The grid without JavaScript posts four fields a point; the PGSSI-S has 336 points.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# -- Documents and background work -------------------------------------------------------------

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
SCHEDULED_JOBS = ["uniha_clausier.common.jobs", "checklists.jobs"]  # the modules of the daily work
SEAL_PKCS12 = env.path(
    "SEAL_PKCS12",
    default=None,
    must_exist=True,
    help="certificat de scellement (PKCS#12) ; sans lui, une autorité locale est créée",
)
SEAL_PASSPHRASE = env.secret(
    "SEAL_PASSPHRASE", default="", minimum_length=1, help="phrase de passe de SEAL_PKCS12"
)
SEAL_PKCS11_MODULE = env.path(
    "SEAL_PKCS11_MODULE",
    default=None,
    must_exist=True,
    help="pilote PKCS#11 (.so) du jeton qui garde la clé de scellement, à la place de SEAL_PKCS12",
)
SEAL_PKCS11_TOKEN = env.text("SEAL_PKCS11_TOKEN", default="", help="nom du jeton")
SEAL_PKCS11_KEY = env.text("SEAL_PKCS11_KEY", default="", help="nom de la clé dans le jeton")
SEAL_PKCS11_PIN = env.secret("SEAL_PKCS11_PIN", default="", minimum_length=1, help="code du jeton")
SEAL_CERTIFICATES = env.path(
    "SEAL_CERTIFICATES",
    default=None,
    must_exist=True,
    help="certificat de la clé du jeton, puis sa chaîne (PEM)",
)
env.require_alternative(
    {"SEAL_PKCS12": SEAL_PKCS12},
    {
        "SEAL_PKCS11_MODULE": SEAL_PKCS11_MODULE,
        "SEAL_PKCS11_TOKEN": SEAL_PKCS11_TOKEN,
        "SEAL_PKCS11_KEY": SEAL_PKCS11_KEY,
        "SEAL_PKCS11_PIN": SEAL_PKCS11_PIN,
        "SEAL_CERTIFICATES": SEAL_CERTIFICATES,
    },
)
TSA_URL = env.url(
    "TSA_URL", default="", help="serveur d’horodatage RFC 3161 ; sans lui, signature PAdES B-B"
)
TSA_CERTIFICATES = env.path(
    "TSA_CERTIFICATES",
    default=None,
    must_exist=True,
    help="autorités (PEM) du serveur d’horodatage ; elles font reconnaître les dates, rien d’autre",
)
SIGNATURE_ROOTS = env.path(
    "SIGNATURE_ROOTS",
    default=None,
    must_exist=True,
    help="autorités (PEM) des certificats des personnes qui signent hors de l’application ; "
    "sans elles, aucune signature n’est acceptée",
)
SIGNATURE_REVOCATION_LISTS = env.path(
    "SIGNATURE_REVOCATION_LISTS",
    default=None,
    help="dossier des listes de révocation de ces autorités (fichiers .crl, DER ou PEM)",
)
SIGNATURE_QUALIFIED_ONLY = env.boolean(
    "SIGNATURE_QUALIFIED_ONLY",
    default=False,
    help="1 : n’accepter que des certificats qualifiés de signature",
)
CLAMD_ADDRESS = env.socket_address(
    "CLAMD_ADDRESS",
    default="",
    help="antivirus clamd (ClamAV) ; sans lui, les documents joints sont dits « non analysés »",
)

# -- Transport and headers ---------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
BEHIND_PROXY = env.boolean(
    "BEHIND_PROXY",
    default=False,
    help="1 : un mandataire termine TLS et remplace X-Forwarded-Proto et X-Forwarded-For",
)
if not DEMO:
    SECURE_SSL_REDIRECT = True
    # Asked on this machine, without TLS, by what watches the service.
    SECURE_REDIRECT_EXEMPT = [r"^sante/", r"^metriques$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrf"
    if BEHIND_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        # Else every person has the address of the proxy, and shares its limits of sign-in.
        ALLAUTH_TRUSTED_PROXY_COUNT = 1

EMAIL_HOST = env.text("EMAIL_HOST", default="", help="serveur de messagerie sortante")
EMAIL_PORT = env.integer(
    "EMAIL_PORT", default=25, minimum=1, maximum=65535, help="port du serveur de messagerie"
)
EMAIL_TLS = env.choice(
    "EMAIL_TLS",
    default="",
    options=("starttls", "ssl"),
    help="chiffrement vers le serveur de messagerie, certificat vérifié : starttls (souvent le port "
    "587) ou ssl (465) ; sans lui, en clair",
)
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_TLS == "starttls", EMAIL_TLS == "ssl"
EMAIL_HOST_USER = env.text("EMAIL_USER", default="", help="nom du compte de messagerie")
EMAIL_HOST_PASSWORD = env.secret(
    "EMAIL_PASSWORD", default="", minimum_length=1, help="mot de passe d’EMAIL_USER"
)
env.require_alternative({"EMAIL_USER": EMAIL_HOST_USER, "EMAIL_PASSWORD": EMAIL_HOST_PASSWORD})
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text(
    "DEFAULT_FROM_EMAIL", default="clausier@localhost", help="expéditeur des messages"
)
SUPPORT_EMAIL = env.text(
    "SUPPORT_EMAIL", default="", help="adresse de l’assistance, affichée sur la page Contact"
)
if EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
elif DEMO:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
else:  # never on the output of the server: a message may hold a link that opens an account
    EMAIL_BACKEND = "uniha_clausier.common.mail_server.NoServer"

# -- Watching over it ---------------------------------------------------------------------------

METRICS = ["uniha_clausier.common.gauges", "checklists.domain.queries.figures"]
METRICS_TOKEN = env.secret(
    "METRICS_TOKEN",
    default="",
    minimum_length=16,
    help="jeton que Prometheus présente à /metriques ; sans lui, seule cette machine les lit",
)
BACKUP_DAYS = env.integer(
    "BACKUP_DAYS",
    default=2,
    minimum=0,
    help="âge, en jours, au-delà duquel la dernière sauvegarde est signalée ; 0 : sauvegardé autrement",
)
SLOW_QUERY_MS = env.integer(
    "SLOW_QUERY_MS",
    default=500,
    minimum=1,
    help="durée, en millisecondes, à partir de laquelle une requête SQL est écrite au journal",
)
LOG_FORMAT = env.choice(
    "LOG_FORMAT",
    default="text" if DEMO else "json",
    options=("json", "text"),
    shown="json en production, text en démonstration",
    help="forme du journal du serveur, une ligne par événement",
)
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": f"uniha_clausier.common.logs.{LOG_FORMAT}_formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Django's own handlers write in another form, and only with DEBUG: ours says it all.
        "django": {"handlers": [], "propagate": True},
        # What is refused has its line as a request; this one is left with what fails.
        "django.request": {"level": "ERROR"},
        # The demo runs in a terminal, where lines on what goes well would hide the rest.
        **{
            name: {"level": "WARNING" if DEMO else "INFO"}
            for name in ("clausier", "clausier.request", "django_tasks_db")
        },
        "pikepdf": {"level": "WARNING"},
        # Both tell at length what the verdict or the result already says.
        "pyhanko": {"level": "CRITICAL"},
        "pyhanko_certvalidator": {"level": "CRITICAL"},
        "weasyprint": {"level": "ERROR"},
        "weasyprint.progress": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        "botocore": {"level": "WARNING"},
    },
}
