"""The Celery application. The broker wakes workers up; the database says what there is to do."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zcsp_portal.settings")

app = Celery("zcsp_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
