"""What all the inventory's screens do alike: list, save, archive."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_tables2 import RequestConfig

from accounts.models import User
from inventory.editing import EditedMeanwhile, StillInUse, archive, in_use_because
from inventory.forms import ArchiveForm, RecordForm
from inventory.models.records import Record

ROWS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """The words and addresses of one kind of record."""

    one: str  # "pod"
    many: str  # "pods"
    about: str  # one sentence above the list
    url: str  # "inventory:pod": the stem of its URL names
    form_template: str = "inventory/form.html"
    archive_note: str = "It leaves the lists and can no longer be chosen. What points to it keeps its meaning."

    @property
    def list_url(self) -> str:
        return reverse(self.url + ("es" if self.url.endswith("ch") else "s"))

    @property
    def new_url(self) -> str:
        return reverse(f"{self.url}_new")

    def address(self, record: Any, what: str = "") -> str:
        """The record's page; with ``what`` (edit, archive) the page that does that."""
        key = record.slug if hasattr(record, "slug") else record.pk
        return reverse(f"{self.url}_{what}" if what else self.url, args=[key])


def list_page(request: HttpRequest, *, kind: Kind, rows: QuerySet[Any], filterset: Any, table: Any) -> HttpResponse:
    """The records that the query string asks for, sorted and paged."""
    found = filterset(request.GET, queryset=rows)
    shown = table(found.qs, empty_text=f"No {kind.many} like that")
    RequestConfig(request, paginate={"per_page": ROWS_A_PAGE}).configure(shown)
    is_empty = not shown.page.paginator.count and not any(request.GET.values())
    context = {"kind": kind, "filter": found, "table": shown, "is_empty": is_empty}
    return render(request, "inventory/list.html", context)


def form_page(request: HttpRequest, *, kind: Kind, form: RecordForm[Any], then: str = "") -> HttpResponse:
    """Show the form; on POST save and go to ``then``, else to the record's page."""
    is_new = form.is_new
    title = f"New {kind.one}" if is_new else f"Edit {form.instance}"
    if request.method == "POST" and form.saved(by=cast(User, request.user)):
        record = form.instance
        messages.success(request, f"{record} is stored." if is_new else f"{record} is saved.")
        return redirect(then or kind.address(record))
    back = kind.list_url if is_new else kind.address(form.instance)
    context = {"kind": kind, "form": form, "back": back, "title": title, "is_new": is_new}
    return render(request, kind.form_template, context)


def archive_page(request: HttpRequest, *, kind: Kind, record: Record) -> HttpResponse:
    """Ask before taking a record out of use; say in words why it cannot be."""
    form = ArchiveForm(request.POST or None, initial={"version": record.version})
    refused = ""
    if request.method == "POST" and form.is_valid():
        try:
            archive(record, version=form.cleaned_data["version"])
        except StillInUse as in_use:
            refused = str(in_use)
        except EditedMeanwhile:
            refused = "It was changed after you had opened this page. Look at it again before you archive it."
            form = ArchiveForm(initial={"version": type(record)._default_manager.get(pk=record.pk).version})
        else:
            messages.success(request, f"{record} is archived.")
            return redirect(kind.list_url)
    blocked = refused or in_use_because(record)
    context = {"kind": kind, "record": record, "form": form, "blocked": blocked, "refused": refused}
    return render(request, "inventory/archive.html", {**context, "back": kind.address(record)})
