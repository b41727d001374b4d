from django.urls import path

from zcsp_portal.audit.views import audit

urlpatterns = [path("", audit, name="audit")]
