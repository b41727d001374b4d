"""The Celery application. The broker wakes workers up; the database says what there is to do."""

import os

from celery import Celery
from kombu.transport.redis import QoS

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zcsp_portal.settings")

app = Celery("zcsp_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# A message that was taken when the connection broke comes back by its visibility time-out, and before that the sweeper
# finds its work. Putting it back by hand on the connection that has just broken (kombu 5.7) ends the whole worker.
QoS.restore_at_shutdown = False
