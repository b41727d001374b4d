from django.urls import path

from zcsp_portal.audit.views import audit, audit_of

urlpatterns = [
    path("", audit, name="audit"),
    path("of/<str:kind>/<int:pk>/", audit_of, name="audit_of"),
]
