from typing import Any, ClassVar

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django_filters import CharFilter, ChoiceFilter, FilterSet, ModelChoiceFilter

from accounts.models import User


def kinds() -> list[tuple[str, str]]:
    """The kinds of record that are tracked."""
    return sorted(
        ((model._meta.label_lower, str(model._meta.verbose_name).capitalize()) for model in auditlog.get_models()),
        key=lambda kind: kind[1],
    )


def people(request: object) -> QuerySet[User]:
    """Those who changed something."""
    return User.objects.filter(pk__in=LogEntry.objects.values("actor")).order_by("username")


class AuditFilter(FilterSet):  # type: ignore[misc]
    """By the record's name, its kind, who, and what was done."""

    q = CharFilter(
        label="Record",
        field_name="object_repr",
        lookup_expr="icontains",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = ChoiceFilter(label="Kind", choices=kinds, method="of_kind", empty_label="any")
    user = ModelChoiceFilter(
        label="Who", field_name="actor", queryset=people, to_field_name="username", empty_label="anyone"
    )
    did = ChoiceFilter(
        label="What",
        field_name="action",
        choices=[
            (LogEntry.Action.CREATE, "created"),
            (LogEntry.Action.UPDATE, "changed"),
            (LogEntry.Action.DELETE, "deleted"),
        ],
        empty_label="anything",
    )

    class Meta:
        model = LogEntry
        fields: ClassVar[list[str]] = []

    def of_kind(self, entries: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return entries.filter(content_type=ContentType.objects.get_by_natural_key(*value.split(".")))
