from django.urls import path

from capacity.views import assumptions, reading, scenarios

app_name = "capacity"
urlpatterns = [
    path("", reading.overview, name="overview"),
    path("capacity/", reading.switches, name="switches"),
    path("capacity/switches/<slug:slug>/", reading.switch, name="switch"),
    path("capacity/switches/<slug:slug>/vlans/", reading.vlans, name="vlans"),
    path("capacity/switches/<slug:slug>/vlans/<int:vid>/", reading.vlan, name="vlan"),
    path("capacity/assumptions/", assumptions.assumptions, name="assumptions"),
    path("capacity/assumptions/edit/", assumptions.assumptions_edit, name="assumptions_edit"),
    path("capacity/scenarios/", scenarios.scenarios, name="scenarios"),
    path("capacity/scenarios/new/", scenarios.scenario_new, name="scenario_new"),
    path("capacity/scenarios/preview/", scenarios.scenario_preview, name="scenario_preview"),
    path("capacity/scenarios/<slug:slug>/", scenarios.scenario, name="scenario"),
    path("capacity/scenarios/<slug:slug>/edit/", scenarios.scenario_edit, name="scenario_edit"),
    path("capacity/scenarios/<slug:slug>/duplicate/", scenarios.scenario_duplicate, name="scenario_duplicate"),
    path("capacity/scenarios/<slug:slug>/delete/", scenarios.scenario_delete, name="scenario_delete"),
]
