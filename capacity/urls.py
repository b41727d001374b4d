from django.urls import path

from capacity.views import alerts, assumptions, contracts, reading, report, scenarios

app_name = "capacity"
urlpatterns = [
    path("", reading.overview, name="overview"),
    path("capacity/", reading.switches, name="switches"),
    path("capacity/switches/<slug:slug>/", reading.switch, name="switch"),
    path("capacity/switches/<slug:slug>/vlans/", reading.vlans, name="vlans"),
    path("capacity/switches/<slug:slug>/vlans/<int:vid>/", reading.vlan, name="vlan"),
    path("capacity/assumptions/", assumptions.assumptions, name="assumptions"),
    path("capacity/assumptions/edit/", assumptions.assumptions_edit, name="assumptions_edit"),
    path("capacity/contracts/", contracts.contracts, name="contracts"),
    path("capacity/contracts/new/", contracts.contract_new, name="contract_new"),
    path("capacity/contracts/<int:pk>/", contracts.contract_edit, name="contract_edit"),
    path("capacity/contracts/<int:pk>/settle/", contracts.contract_settle, name="contract_settle"),
    path("capacity/report/", report.report, name="report"),
    path("capacity/report.pdf", report.report_pdf, name="report_pdf"),
    path("capacity/report.xlsx", report.report_xlsx, name="report_xlsx"),
    path("capacity/report.csv", report.report_csv, name="report_csv"),
    path("capacity/scenarios/", scenarios.scenarios, name="scenarios"),
    path("capacity/scenarios/new/", scenarios.scenario_new, name="scenario_new"),
    path("capacity/scenarios/preview/", scenarios.scenario_preview, name="scenario_preview"),
    path("capacity/scenarios/<slug:slug>/", scenarios.scenario, name="scenario"),
    path("capacity/scenarios/<slug:slug>/edit/", scenarios.scenario_edit, name="scenario_edit"),
    path("capacity/scenarios/<slug:slug>/duplicate/", scenarios.scenario_duplicate, name="scenario_duplicate"),
    path("capacity/scenarios/<slug:slug>/delete/", scenarios.scenario_delete, name="scenario_delete"),
    path("capacity/alerts/", alerts.alerts, name="alerts"),
    path("capacity/alerts/notices/", alerts.notices, name="alert_notices"),
    path("capacity/alerts/<int:pk>/acknowledge/", alerts.acknowledge, name="alert_acknowledge"),
    path("capacity/alerts/rules/new/", alerts.rule_new, name="alert_rule_new"),
    path("capacity/alerts/rules/<int:pk>/", alerts.rule, name="alert_rule"),
    path("capacity/alerts/rules/<int:pk>/delete/", alerts.rule_delete, name="alert_rule_delete"),
    path("capacity/alerts/rules/<int:pk>/switch/", alerts.rule_switch, name="alert_rule_switch"),
    path("capacity/alerts/rules/<int:pk>/test/", alerts.rule_test, name="alert_rule_test"),
    path("capacity/alerts/messages/<int:pk>/again/", alerts.delivery_again, name="alert_delivery_again"),
]
