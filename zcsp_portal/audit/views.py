from auditlog.models import LogEntry
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.roles import READ_AUDIT, allow
from zcsp_portal.audit.changes import told
from zcsp_portal.audit.filters import AuditFilter

ENTRIES_A_PAGE = 50


@allow(READ_AUDIT)
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Who changed what, and when: newest first."""
    entries = LogEntry.objects.select_related("actor", "content_type").order_by("-timestamp", "-id")
    found = AuditFilter(request.GET, queryset=entries)
    page = Paginator(found.qs, ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    context = {"filter": found, "page": page, "entries": told(page.object_list)}
    return render(request, "audit/audit.html", context)
