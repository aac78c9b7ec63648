"""Settings: what the environment may change and what it may not."""

import os
from pathlib import Path

import environ
from csp.constants import NONE, SELF

from caudal.common.database import database_settings, default_home

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent.parent

HOME = default_home()
# Whoever knows it may set up an installation that has no organisation yet: `caudal serve` makes it and prints it.
FIRST_RUN_KEY = env.str("CAUDAL_FIRST_RUN_KEY", "")
DEMO = env.bool("CAUDAL_DEMO", False)
DEBUG = env.bool("CAUDAL_DEBUG", False)
# The sandbox takes no real money: only a demo, or somebody who tries Caudal out, wants it.
PAYMENT_PROVIDERS = env.list("CAUDAL_PAYMENT_PROVIDERS", default=["sandbox"] if DEMO else [])
SECRET_FILE = HOME / "secret.key"


def secret_key() -> str:
    """CAUDAL_SECRET_KEY, else a key of this installation's own, made at first need and kept in its home."""
    if given := env.str("CAUDAL_SECRET_KEY", ""):
        return given
    try:
        return SECRET_FILE.read_text()
    except FileNotFoundError:
        HOME.mkdir(parents=True, exist_ok=True)
        fresh = SECRET_FILE.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(os.urandom(32).hex())
        try:
            os.link(fresh, SECRET_FILE)
        except FileExistsError:
            return SECRET_FILE.read_text()
        finally:
            fresh.unlink()
        return SECRET_FILE.read_text()


SECRET_KEY = secret_key()
# Where links lead as long as the organisation has not said where its portal is.
LOCAL_URL = f"http://localhost:{env.str('PORT', '8000')}"
ALLOWED_HOSTS = env.list("CAUDAL_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CAUDAL_ORIGINS", default=[])
DATABASES = {"default": database_settings(os.environ)}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "caudal.common.ui",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "caudal.common",
    "caudal.access",
    "caudal.registry",
    "caudal.tariffs",
    "caudal.metering",
    "caudal.billing",
    "caudal.receivables",
    "caudal.board",
    "caudal.documents",
    "caudal.notices",
    "caudal.approvals",
    "caudal.intake",
    "caudal.office",
    "caudal.portal",
    "caudal.jobs",
]

# No GZipMiddleware: pages repeat what is typed (a search) beside what must stay secret (names, debts, the link that
# sets a password), so their compressed length would tell (BREACH). Files that are the same for all are compressed.
MIDDLEWARE = [
    "caudal.common.ui.timing.ServerTimingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "caudal.common.ui.privacy.PrivateMiddleware",
    "csp.middleware.CSPMiddleware",
    "caudal.common.ui.failures.WithoutNulMiddleware",
    "caudal.registry.context.TownMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "caudal.office.signed_in.SignedInMiddleware",
    "caudal.common.ui.languages.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "caudal.config.urls"
WSGI_APPLICATION = "caudal.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [("caudal.common.ui.loaders.Shelf", ["caudal.common.ui.loaders.Reader"])],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "caudal.registry.context.town",
                "caudal.office.context.office",
            ],
        },
    }
]

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["caudal.office.signed_in.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_ADAPTER = "caudal.office.adapter.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
# Who finds a session open adds no address of his own to it, and has no password mailed there.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# A changed password or second factor is told by mail to whoever holds the account.
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_ADAPTER = "caudal.office.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "caudal.office.forms.second_factor.CodeForm",
    "reauthenticate": "caudal.office.forms.second_factor.CodeAgainForm",
    "activate_totp": "caudal.office.forms.second_factor.FirstCodeForm",
    "add_webauthn": "caudal.office.forms.second_factor.AddKeyForm",
    "edit_webauthn": "caudal.office.forms.second_factor.EditKeyForm",
}
# The office knows the addresses: nobody confirms his own.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Clocks of telephones are off by half a minute.
MFA_TOTP_TOLERANCE = 1
# Browsers take a passkey at localhost without HTTPS, and nowhere else.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

LANGUAGE_CODE = "es"
LANGUAGES = [("es", "Español"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
# The office is Spanish, whatever somebody chose for the portal.
SPANISH_PATHS = ("/oficina/", "/instalacion/")
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("CAUDAL_TIMEZONE", "America/Costa_Rica")

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
# `caudal serve` collects the files: compressed, and under names that change with them, so that browsers keep them.
COLLECTED = env.bool("CAUDAL_STATIC_COLLECTED", False)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "caudal.common.ui.files.Files"
        if COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not COLLECTED
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = HOME / "media"
# Certificate and key (PKCS #12) that sign what leaves the history; none, and nothing is signed.
SIGNING_FILE = Path(env.str("CAUDAL_SIGNING_CERTIFICATE", "") or HOME / "signing.p12")
SIGNING_PASSWORD = env.str("CAUDAL_SIGNING_PASSWORD", "")

# Mail: EMAIL_URL (smtp://user:password@host:port, smtp+tls://…). Without it mails are files, shown by the outbox.
if env.str("EMAIL_URL", ""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = HOME / "mail"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("CAUDAL_FROM_EMAIL", "facturacion@localhost")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
BEHIND_PROXY = env.bool("CAUDAL_BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# Whose tries are counted: behind a proxy the address that it says, else the one that speaks to us.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
SECURE = env.bool("CAUDAL_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SESSION_ENGINE = "caudal.office.signed_in"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
# Each concept that is paid is a field: a company with many houses owes for more than Django's 1,000.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_000_000

PROCRASTINATE_IMPORT_PATHS = ["caudal.jobs.tasks"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Above it a third is thrown away, and with it the counts of who tries passwords from many addresses.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_keys": {"()": "caudal.common.ui.logs.WithoutKeys"}},
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"filters": ["without_keys"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
