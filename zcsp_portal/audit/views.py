from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.roles import READ_AUDIT, allow
from zcsp_portal.audit.changes import told
from zcsp_portal.audit.filters import AuditFilter

ENTRIES_A_PAGE = 50
LAST_ENTRIES = 10


@allow(READ_AUDIT)
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Who changed what, and when: newest first."""
    entries = LogEntry.objects.select_related("actor", "content_type").order_by("-timestamp", "-id")
    found = AuditFilter(request.GET, queryset=entries)
    page = Paginator(found.qs, ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    context = {"filter": found, "page": page, "entries": told(page.object_list)}
    return render(request, "audit/audit.html", context)


@allow(READ_AUDIT)
@require_safe
def audit_of(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """The fragment on a record's own page: its last edits. ``kind``: ``app.model``, one of those that are tracked."""
    try:
        model = apps.get_model(kind)
    except (LookupError, ValueError) as error:
        raise Http404 from error
    if not auditlog.contains(model):
        raise Http404
    kinds = ContentType.objects.get_for_model(model)
    entries = LogEntry.objects.filter(content_type=kinds, object_id=pk).select_related("actor", "content_type")
    last = entries.order_by("-timestamp", "-id")[: LAST_ENTRIES + 1]
    found = told(last)
    return render(request, "audit/of.html", {"entries": found[:LAST_ENTRIES], "more": len(found) > LAST_ENTRIES})
