"""Root URLs: each app's pages under names that people may bookmark and script against."""

from django.urls import include, path

from zcsp_portal import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("accounts.urls")),
    path("", include("capacity.urls")),
    path("", include("inventory.urls")),
    path("", include("tenants.urls")),
    path("provisioning/", include("provisioning.urls")),
    path("audit/", include("zcsp_portal.audit.urls")),
]
