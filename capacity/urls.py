from django.urls import path

from capacity.views import reading

app_name = "capacity"
urlpatterns = [
    path("", reading.overview, name="overview"),
    path("capacity/", reading.switches, name="switches"),
    path("capacity/switches/<slug:slug>/", reading.switch, name="switch"),
    path("capacity/switches/<slug:slug>/vlans/", reading.vlans, name="vlans"),
    path("capacity/switches/<slug:slug>/vlans/<int:vid>/", reading.vlan, name="vlan"),
]
