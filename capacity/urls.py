from django.urls import path

from capacity import views

app_name = "capacity"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("capacity/", views.switches, name="switches"),
    path("capacity/switches/<slug:slug>/", views.switch, name="switch"),
    path("capacity/switches/<slug:slug>/vlans/", views.vlans, name="vlans"),
    path("capacity/switches/<slug:slug>/vlans/<int:vid>/", views.vlan, name="vlan"),
]
