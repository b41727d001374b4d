"""Settings for the test run: the product's own, with data in a temporary folder and no broker unless a test starts
one. ``DATABASE_URL`` runs the same suite on PostgreSQL."""

import os
import tempfile

os.environ.setdefault("DEBUG", "yes")
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="zcsp-tests-"))

from zcsp_portal.settings import *  # noqa: F403
from zcsp_portal.settings import BASE_DIR, DATA_DIR, DATABASES, STATIC_ROOT

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # Tests make rows in bulk and untold; those about remembering figures take a cache that remembers.
    "figures": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}
CELERY_BROKER_URL = "memory://"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, because live-server threads and forked workers must see the same database.
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
(BASE_DIR / "node_modules").mkdir(exist_ok=True)
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns where it finds none
