from django.urls import path

from inventory.views import management_networks, nsx_managers, pods, switches, vcenters

app_name = "inventory"
urlpatterns = [
    path("pods/", pods.pods, name="pods"),
    path("pods/new/", pods.pod_new, name="pod_new"),
    path("pods/<slug:slug>/", pods.pod, name="pod"),
    path("pods/<slug:slug>/edit/", pods.pod_edit, name="pod_edit"),
    path("pods/<slug:slug>/archive/", pods.pod_archive, name="pod_archive"),
    path("switches/", switches.switches, name="switches"),
    path("switches/new/", switches.switch_new, name="switch_new"),
    path("switches/<slug:slug>/", switches.switch, name="switch"),
    path("switches/<slug:slug>/edit/", switches.switch_edit, name="switch_edit"),
    path("switches/<slug:slug>/archive/", switches.switch_archive, name="switch_archive"),
    path("vcenters/", vcenters.vcenters, name="vcenters"),
    path("vcenters/new/", vcenters.vcenter_new, name="vcenter_new"),
    path("vcenters/<slug:slug>/", vcenters.vcenter, name="vcenter"),
    path("vcenters/<slug:slug>/edit/", vcenters.vcenter_edit, name="vcenter_edit"),
    path("vcenters/<slug:slug>/archive/", vcenters.vcenter_archive, name="vcenter_archive"),
    path("nsx-managers/", nsx_managers.nsx_managers, name="nsx_managers"),
    path("nsx-managers/new/", nsx_managers.nsx_manager_new, name="nsx_manager_new"),
    path("nsx-managers/<slug:slug>/", nsx_managers.nsx_manager, name="nsx_manager"),
    path("nsx-managers/<slug:slug>/edit/", nsx_managers.nsx_manager_edit, name="nsx_manager_edit"),
    path("nsx-managers/<slug:slug>/archive/", nsx_managers.nsx_manager_archive, name="nsx_manager_archive"),
    path("management-networks/", management_networks.management_networks, name="management_networks"),
    path("management-networks/new/", management_networks.management_network_new, name="management_network_new"),
    path("management-networks/<int:pk>/", management_networks.management_network, name="management_network"),
    path(
        "management-networks/<int:pk>/edit/",
        management_networks.management_network_edit,
        name="management_network_edit",
    ),
    path(
        "management-networks/<int:pk>/archive/",
        management_networks.management_network_archive,
        name="management_network_archive",
    ),
]
