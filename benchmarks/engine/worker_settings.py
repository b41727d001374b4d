"""The product's own settings for the worker, which times its calls to devices."""

from celery.signals import worker_process_init

from benchmarks.engine.timing import install
from zcsp_portal.settings import *  # noqa: F403

worker_process_init.connect(install, weak=False)
