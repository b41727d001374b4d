from django.urls import path

from provisioning.views import control, devices, drift, plans, runs

app_name = "provisioning"
urlpatterns = [
    path("tenants/<slug:slug>/plan/", plans.prepare, name="prepare"),
    path("tenants/<slug:slug>/panel/", plans.tenant_panel, name="tenant_panel"),
    path("plans/<int:pk>/", plans.plan, name="plan"),
    path("plans/<int:pk>/approve/", plans.plan_approve, name="plan_approve"),
    path("plans/<int:pk>/reject/", plans.plan_reject, name="plan_reject"),
    path("attention/", runs.attention, name="attention"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/progress/", runs.run_progress, name="run_progress"),
    path("runs/<int:pk>/pause/", control.run_pause, name="run_pause"),
    path("runs/<int:pk>/resume/", control.run_resume, name="run_resume"),
    path("runs/<int:pk>/cancel/", control.run_cancel, name="run_cancel"),
    path("held/", control.held, name="held"),
    path("held/stops/<int:pk>/lift/", control.stop_lift, name="stop_lift"),
    path("held/windows/new/", control.window_new, name="window_new"),
    path("held/windows/<int:pk>/delete/", control.window_delete, name="window_delete"),
    path("devices/", devices.devices, name="devices"),
    path("devices/new/", devices.device_new, name="device_new"),
    path("devices/<slug:slug>/", devices.device, name="device"),
    path("devices/<slug:slug>/edit/", devices.device_edit, name="device_edit"),
    path("devices/<slug:slug>/test/", devices.device_test, name="device_test"),
    path("devices/<slug:slug>/check/", devices.device_check, name="device_check"),
    path("devices/<slug:slug>/stop/", control.device_stop, name="device_stop"),
    path("devices/<slug:slug>/again/", control.device_try_again, name="device_try_again"),
    path("drift/", drift.drift, name="drift"),
    path("drift/chosen/", drift.drift_chosen, name="drift_chosen"),
    path("drift/accept/", drift.drift_accept, name="drift_accept"),
    path("drift/accepted/<int:pk>/take-back/", drift.drift_take_back, name="drift_take_back"),
    path("drift/restore/", drift.drift_restore, name="drift_restore"),
    path("drift/<int:pk>/adopt/", drift.drift_adopt, name="drift_adopt"),
    path("drift/vlans/<int:pk>/", drift.drift_leak, name="drift_leak"),
    path("drift/vlans/<int:pk>/set-aside/", drift.drift_set_aside, name="drift_set_aside"),
]
