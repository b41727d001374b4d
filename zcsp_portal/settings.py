"""Django's settings, composed from the environment (see ``environment.py`` for every variable)."""

import secrets
from pathlib import Path

from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from zcsp_portal.data_folder import redis_socket, usable_folder
from zcsp_portal.database import database_from
from zcsp_portal.environment import read_environment
from zcsp_portal.generated_keys import kept
from zcsp_portal.outgoing_mail import mail_settings

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = read_environment()

# --- Mode, keys, hosts ----------------------------------------------------------------------------
DEBUG: bool = ENV["DEBUG"]
DATA_DIR = usable_folder(Path(ENV["DATA_DIR"] or BASE_DIR / "var"))
SECRET_KEY: str = ENV["SECRET_KEY"]
CREDENTIAL_KEYS: list[str] = ENV["CREDENTIAL_KEYS"]
if DEBUG:
    SECRET_KEY = SECRET_KEY or kept(DATA_DIR / "secret_key", lambda: secrets.token_urlsafe(64))
    CREDENTIAL_KEYS = CREDENTIAL_KEYS or [kept(DATA_DIR / "credential_key", lambda: Fernet.generate_key().decode())]
for _name in ("SECRET_KEY", "CREDENTIAL_KEYS"):
    if not globals()[_name]:
        raise ImproperlyConfigured(f"{_name} is not set: it is required unless DEBUG is on.")
ALLOWED_HOSTS: list[str] = ENV["ALLOWED_HOSTS"]
CSRF_TRUSTED_ORIGINS: list[str] = ENV["CSRF_TRUSTED_ORIGINS"]

# --- Applications, middleware, templates ----------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "auditlog",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "template_partials",
    "accounts",
    "inventory",
    "tenants",
    "capacity",
    "provisioning",
    "zcsp_portal",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.SignInAsAPage",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "zcsp_portal.urls"
WSGI_APPLICATION = "zcsp_portal.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.who_is_asking",
            ],
        },
    },
]
DJANGO_TABLES2_TEMPLATE = "components/table.html"

# --- Data -----------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": database_from(ENV["DATABASE_URL"], data_dir=DATA_DIR)}

AUDITLOG_INCLUDE_TRACKING_MODELS = (
    "inventory.CoreSwitch",
    "inventory.VlanRange",
    "inventory.Pod",
    "inventory.VCenter",
    "inventory.DistributedSwitch",
    "inventory.NsxManager",
    "inventory.VniPool",
    "inventory.ManagementNetwork",
    "tenants.Tenant",
    "tenants.Network",
    "tenants.WanConnection",
    "tenants.CustomerSubnet",
    "tenants.Zcc",
    {
        "model": "provisioning.Device",
        "exclude_fields": ["secret", "lease_owner", "lease_until", "last_seen_at"],
    },
    {"model": "provisioning.ZertoManager", "exclude_fields": ["secret", "last_seen_at", "last_error", "software"]},
    "provisioning.Plan",
    "provisioning.DriftAcceptance",
    {"model": "provisioning.HandOff", "exclude_fields": ["answers", "asked_at"]},
    "provisioning.HandOffTick",
    "capacity.PlanningAssumptions",
    {"model": "capacity.Contract", "exclude_fields": ["version"]},
    "capacity.Recipient",
    {"model": "capacity.AlertRule", "exclude_fields": ["webhook_secret", "version"]},
)

# --- Redis, Celery --------------------------------------------------------------------------------
REDIS_SOCKET = redis_socket(DATA_DIR)
REDIS_URL: str = ENV["REDIS_URL"] or f"unix://{REDIS_SOCKET}"
_IN_REDIS = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
CACHES = {"default": _IN_REDIS, "figures": {**_IN_REDIS, "KEY_PREFIX": "figures"}}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_CONCURRENCY = ENV["TASK_WORKERS"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    # A person waits for the message to go out: one more try, and then the sweeper finds the work.
    "max_retries": 1,
    "interval_start": 0.1,
    "interval_max": 0.1,
}
CELERY_TIMEZONE = ENV["TIME_ZONE"]
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep-lost-work": {"task": "provisioning.sweep", "schedule": float(ENV["SWEEP_SECONDS"])},
    "lapse-expired-holds": {"task": "tenants.lapse_expired_holds", "schedule": 300.0},
    "end-quarantines": {"task": "inventory.end_quarantines", "schedule": 300.0},
    "read-every-device": {"task": "provisioning.check_drift_everywhere", "schedule": 3600.0},
    "check-capacity-alerts": {"task": "capacity.check_alerts", "schedule": 3600.0},
    "take-snapshots": {"task": "capacity.take_snapshots", "schedule": 900.0},
    "send-monthly-reports": {"task": "capacity.send_reports", "schedule": 3600.0},
    "keep-figures": {"task": "capacity.keep_figures", "schedule": 60.0},
    "deliver-due-messages": {"task": "capacity.deliver_due", "schedule": 60.0},
}

# --- The domain's own -----------------------------------------------------------------------------
HOLD_DAYS: int = ENV["HOLD_DAYS"]
QUARANTINE_DAYS: int = ENV["QUARANTINE_DAYS"]
TWO_APPROVERS_ABOVE: int = ENV["TWO_APPROVERS_ABOVE"]
TWO_APPROVERS_REMOVALS: int = ENV["TWO_APPROVERS_REMOVALS"]
ALLOW_SELF_APPROVAL: bool = ENV["ALLOW_SELF_APPROVAL"]
DEVICE_TIMEOUT_SECONDS: int = ENV["DEVICE_TIMEOUT_SECONDS"]
LEASE_SECONDS: int = ENV["LEASE_SECONDS"]
SWITCH_NETWORK_INSTANCE: str = ENV["SWITCH_NETWORK_INSTANCE"]
SWITCH_PARKING_VLAN: int = ENV["SWITCH_PARKING_VLAN"]
SWITCH_LOCK_SECONDS: int = ENV["SWITCH_LOCK_SECONDS"]
SWITCH_CONFIRM_SECONDS: int = ENV["SWITCH_CONFIRM_SECONDS"]
SSH_KNOWN_HOSTS: list[str] = ENV["SSH_KNOWN_HOSTS"]

# --- Outgoing post --------------------------------------------------------------------------------
MAIL_WAY, _MAIL = mail_settings(ENV["EMAIL_URL"], folder=DATA_DIR / "mail" if DEBUG else None)
globals().update(_MAIL)
if ENV["EMAIL_URL"] and not ENV["MAIL_FROM"]:
    raise ImproperlyConfigured("MAIL_FROM is not set: it is required with EMAIL_URL.")
DEFAULT_FROM_EMAIL: str = ENV["MAIL_FROM"] or "ZCSP Portal <portal@localhost>"
WEBHOOKS_TO_THIS_MACHINE = DEBUG  # elsewhere, loopback is where the services lie that trust whoever calls
PUBLIC_URL: str = ENV["PUBLIC_URL"] or (f"http://localhost:{ENV['PORT']}" if DEBUG else "")

# --- Identity -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "accounts.adapter.ClosedSignUp"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# --- Language, time, static files -----------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = ENV["TIME_ZONE"]
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("vendor/bootstrap", NODE_MODULES / "bootstrap" / "dist"),
    ("vendor/bootstrap-icons", NODE_MODULES / "bootstrap-icons" / "font"),
    ("vendor/plotly", NODE_MODULES / "plotly.js-cartesian-dist-min"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# --- Security -------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if ENV["BEHIND_TLS_PROXY"]:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_AGE = 12 * 3600

# --- Logs -----------------------------------------------------------------------------------------
_TALKATIVE = ("celery.app.trace", "celery.beat", "celery.worker.strategy")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": ENV["LOG_LEVEL"]},
    # At INFO, one line a task and one a tick would bury what matters: the sweep alone runs every few seconds.
    "loggers": {name: {"level": "WARNING" if ENV["LOG_LEVEL"] == "INFO" else ENV["LOG_LEVEL"]} for name in _TALKATIVE},
}
