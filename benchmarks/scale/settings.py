"""The product's own settings, but static files are not compressed first: no page is measured with them."""

from zcsp_portal.settings import *  # noqa: F403
from zcsp_portal.settings import STATIC_ROOT, STORAGES

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns where it finds none
