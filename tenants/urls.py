from django.urls import URLPattern, URLResolver, path

from tenants.views import changing, intake, reading, unclaimed

app_name = "tenants"
urlpatterns: list[URLPattern | URLResolver] = [
    path("onboarding/", intake.onboard, name="onboard"),
    path("onboarding/proposal/", intake.proposal, name="proposal"),
    path("tenants/", reading.tenants, name="tenants"),
    path("tenants/unclaimed/", unclaimed.unclaimed, name="unclaimed"),
    path("tenants/unclaimed/suggest/", unclaimed.suggest, name="suggest"),
    path("tenants/unclaimed/<int:pk>/adopt/", unclaimed.adopt, name="adopt"),
    path("tenants/<slug:slug>/", reading.tenant, name="tenant"),
    path("tenants/<slug:slug>/edit/", changing.tenant_edit, name="edit"),
    path("tenants/<slug:slug>/offboard/", changing.offboard, name="offboard"),
    path("tenants/<slug:slug>/withdraw/", changing.withdraw, name="withdraw"),
    path("tenants/<slug:slug>/call-off/", changing.call_off, name="call_off"),
    path("tenants/<slug:slug>/networks/add/", changing.network_add, name="network_add"),
    path("tenants/<slug:slug>/networks/<int:pk>/remove/", changing.network_remove, name="network_remove"),
]
