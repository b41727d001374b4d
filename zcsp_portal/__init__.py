"""The composition: settings, root URLs, the Celery app. No domain rules live here."""

from zcsp_portal.celery import app as celery_app

__all__ = ["celery_app"]
