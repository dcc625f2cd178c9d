"""The settings: everything from the environment, with defaults that need nothing. `.env.example` lists them all."""

import os
import secrets
import sys
from pathlib import Path

from cryptography.fernet import Fernet

from config import database, logs, navigation, redis
from config.environment import Environment
from config.queues import QUEUES
from config.secrets import stored_secret, writable_folder

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
if "PRESSROOM_TRIAL" not in os.environ:  # bench and chaos never touch what is configured here
    Environment.read_env(BASE_DIR / ".env")

VAR_DIR = writable_folder((BASE_DIR / env.str("VAR_DIR", default="var")).resolve())

# -- security -------------------------------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY", default="") or stored_secret(
    VAR_DIR / "secret_key", lambda: secrets.token_urlsafe(50)
)
FERNET_KEYS = env.list("FERNET_KEYS", default=[]) or stored_secret(
    VAR_DIR / "fernet_keys", lambda: Fernet.generate_key().decode()
).split(",")
FERNET_USE_HKDF = False
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PORT = env.int("PORT", default=8000)
SITE_URL = env.str("SITE_URL", default="").rstrip("/") or f"http://127.0.0.1:{PORT}"
HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
# Strict everywhere; the admin's own policy (Unfold's Alpine needs eval) is in desk/middleware.py.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "media-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# -- the house ------------------------------------------------------------------------------------
# Workers show no page. Their memory counts, and pages, forms, widgets and the API are a fifth of it.
SHOWS_PAGES = sys.argv[1:2] not in (["rqworker"], ["rqscheduler"], ["runchild"])
INSTALLED_APPS = [
    *(["unfold", "unfold.contrib.filters"] if SHOWS_PAGES else []),
    "accounts",
    "jobs",  # before django_rq: its rqworker and rqscheduler are ours
    "ai",
    "media",
    "publishing",
    "blog",
    "lessons",
    "content",
    "desk",
    "config.admin.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_rq",
    *(["ninja", "csp", "django_prose_editor"] if SHOWS_PAGES else []),
    "axes",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "desk.middleware.LargestBody",
    "desk.middleware.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "desk.middleware.ApiErrors",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.CurrentTenant",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
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
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- people ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "/admin/"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_VERBOSE = False

# -- data -----------------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASE_IS_CONFIGURED = bool(DATABASE_URL)
DATABASES = {"default": database.from_url(DATABASE_URL, VAR_DIR / "pressroom.sqlite3")}

# -- mail: read in the files under VAR_DIR until EMAIL_HOST is set ----------------------------------
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=False)
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=bool(EMAIL_HOST) and not EMAIL_USE_SSL)
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"
# Nothing is cached on purpose: the admin's search would show a workspace's titles after one has left it.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="pressroom@localhost")

# -- jobs -----------------------------------------------------------------------------------------
REDIS_IS_EMBEDDED = not any(env.str(name, default="") for name in ("REDIS_URL", "REDIS_HOST"))
if REDIS_IS_EMBEDDED:
    REDIS_URL = redis.embedded_url(VAR_DIR)
else:
    given = env.str("REDIS_URL", default="")
    REDIS_URL = (
        redis.checked(given)
        if given
        else redis.from_parts(
            env.str("REDIS_HOST", default="localhost"),
            env.int("REDIS_PORT", default=6379),
            env.str("REDIS_PASSWORD", default=""),
            env.int("REDIS_DB", default=0),
        )
    )
RQ_QUEUES = {queue.name: {"URL": REDIS_URL, "DEFAULT_TIMEOUT": queue.timeout} for queue in QUEUES}
RQ = {
    "JOB_CLASS": "jobs.carrying.RunnerJob",
    "QUEUE_CLASS": "jobs.carrying.IdQueue",
    "WORKER_CLASS": "jobs.worker.Worker",
    "SCHEDULER_CLASS": "jobs.ticker.Ticker",
    "COMMIT_MODE": "auto",
}
RQ_SHOW_ADMIN_LINK = False
# False: this machine only accepts jobs; workers on others run them.
ENABLE_WORKERS = not env.str("ENABLE_WORKERS", default="") or env.bool("ENABLE_WORKERS")
QUEUE_VARIABLES = {
    name: env.int(name)
    for queue in QUEUES
    for name in (*queue.variables, "QUEUE_CONCURRENCY")
    if env.str(name, default="")
}
QUEUE_LIMITS = env.json("QUEUE_LIMITS", default={})
WORKER_SLOTS = env.int("WORKER_SLOTS", default=32)
# Longer than the longest call (ai/calling.py): a rolling restart pays for nothing twice.
WORKER_GRACE_SECONDS = env.int("WORKER_GRACE_SECONDS", default=130)
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", default=20)

# -- vendors --------------------------------------------------------------------------------------
# The server's own keys, for the workspaces that ALLOW_SERVER_KEYS names: first, all, none, or slugs.
SERVER_KEYS = {
    "gemini": env.str("GEMINI_API_KEY", default="").strip(),
    "openai": env.str("OPENAI_API_KEY", default="").strip(),
    "anthropic": env.str("ANTHROPIC_API_KEY", default="").strip(),
    "openrouter": env.str("OPENROUTER_API_KEY", default="").strip(),
}
ALLOW_SERVER_KEYS = env.list("ALLOW_SERVER_KEYS", default=["first"])
VENDOR_BASE_URLS = {
    "openai": env.str("OPENAI_BASE_URL", default=""),
    "anthropic": env.str("ANTHROPIC_BASE_URL", default=""),
    "gemini": env.str("GEMINI_BASE_URL", default=""),
    "openrouter": env.str("OPENROUTER_BASE_URL", default=""),
    "tmdb": env.str("TMDB_BASE_URL", default=""),
}
GEMINI_API_VERSION = env.str("GEMINI_API_VERSION", default="")
TMDB_API_KEY = env.str("TMDB_API_KEY", default="").strip()
OUTBOUND_ALLOW_HOSTS = env.list("OUTBOUND_ALLOW_HOSTS", default=[])

# -- publishing -----------------------------------------------------------------------------------
GRAPH_VERSION = env.str("GRAPH_VERSION", default="")


def graph_url(root: str) -> str:
    """Meta's API in another version than the one that Pressroom was made with."""
    return f"{root}/{GRAPH_VERSION}" if GRAPH_VERSION else ""


PLATFORM_BASE_URLS = {
    "telegram": env.str("TELEGRAM_BASE_URL", default=""),
    "whatsapp": env.str("WHATSAPP_BASE_URL", default="") or graph_url("https://graph.facebook.com"),
    "x": env.str("X_BASE_URL", default=""),
    "linkedin": env.str("LINKEDIN_BASE_URL", default=""),
    "facebook": env.str("FACEBOOK_BASE_URL", default="") or graph_url("https://graph.facebook.com"),
    "instagram": env.str("INSTAGRAM_BASE_URL", default="") or graph_url("https://graph.instagram.com"),
    "threads": env.str("THREADS_BASE_URL", default=""),
    "devto": env.str("DEVTO_BASE_URL", default=""),
}
# The apps by which people sign in at platforms: id and secret.
PLATFORM_CLIENTS = {
    "x": (env.str("X_CLIENT_ID", default=""), env.str("X_CLIENT_SECRET", default="")),
    "linkedin": (env.str("LINKEDIN_CLIENT_ID", default=""), env.str("LINKEDIN_CLIENT_SECRET", default="")),
    "facebook": (env.str("FACEBOOK_CLIENT_ID", default=""), env.str("FACEBOOK_CLIENT_SECRET", default="")),
    "instagram": (env.str("INSTAGRAM_CLIENT_ID", default=""), env.str("INSTAGRAM_CLIENT_SECRET", default="")),
    "threads": (env.str("THREADS_CLIENT_ID", default=""), env.str("THREADS_CLIENT_SECRET", default="")),
}
# Where people sign in, and where codes become tokens, when that is another place than the platform's own.
PLATFORM_SIGN_IN_URLS = {
    "x": (env.str("X_AUTHORIZE_URL", default=""), env.str("X_TOKEN_URL", default="")),
    "linkedin": (env.str("LINKEDIN_AUTHORIZE_URL", default=""), env.str("LINKEDIN_TOKEN_URL", default="")),
    "facebook": (env.str("FACEBOOK_AUTHORIZE_URL", default=""), env.str("FACEBOOK_TOKEN_URL", default="")),
    "instagram": (env.str("INSTAGRAM_AUTHORIZE_URL", default=""), env.str("INSTAGRAM_TOKEN_URL", default="")),
    "threads": (env.str("THREADS_AUTHORIZE_URL", default=""), env.str("THREADS_TOKEN_URL", default="")),
}
PLATFORM_VERSIONS = {"linkedin": env.str("LINKEDIN_VERSION", default="")}
# How long after a call whose process died the platform is asked about it: the call may still be on its way.
PUBLISH_SETTLE_SECONDS = env.float("PUBLISH_SETTLE_SECONDS", default=60.0)

# -- the blog -------------------------------------------------------------------------------------
BLOG_TENANT = env.str("BLOG_TENANT", default="")
BLOG_DAILY_CAP = env.int("BLOG_DAILY_CAP", default=100)
BLOG_CONTINUOUS_PAUSE_SECONDS = env.int("BLOG_CONTINUOUS_PAUSE_SECONDS", default=300)

# -- language, time, files ------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default="") or writable_folder(VAR_DIR / "static"))
# Without `collectstatic` (bin/run) the files are served from where they lie.
WHITENOISE_USE_FINDERS = not STATIC_ROOT.is_dir() or not any(STATIC_ROOT.iterdir())

# -- media: in the folder of this machine, or in an S3-compatible store ------------------------------
FILE_UPLOAD_TEMP_DIR = writable_folder(VAR_DIR / "uploads")
FILE_UPLOAD_PERMISSIONS = 0o600
# A transcript of two hours is edited as one field a line.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 8000
MEDIA_ROOT = VAR_DIR / "media"
S3_BUCKET = env.str("AWS_STORAGE_BUCKET_NAME", default="")
S3 = {
    "bucket_name": S3_BUCKET,
    "access_key": env.str("AWS_ACCESS_KEY_ID", default=""),
    "secret_key": env.str("AWS_SECRET_ACCESS_KEY", default=""),
    "endpoint_url": env.str("AWS_S3_ENDPOINT_URL", default="") or None,
    "region_name": env.str("AWS_S3_REGION_NAME", default="") or None,
    "location": env.str("AWS_LOCATION", default=""),
    "default_acl": None,
    "file_overwrite": True,
}
STORAGES = {
    "default": (
        {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": S3}
        if S3_BUCKET
        else {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"allow_overwrite": True}}
    ),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
LARGEST_UPLOAD_MB = env.int("LARGEST_UPLOAD_MB", default=2048)
# A folder with weights of faster-whisper for other languages than English.
SPEECH_MODEL_DIR = env.str("SPEECH_MODEL_DIR", default="")

UNFOLD = navigation.UNFOLD
LOGGING_CONFIG = None
logs.configure()
