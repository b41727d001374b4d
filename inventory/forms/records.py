from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from inventory.editing import EditedMeanwhile, free_slug, lock_for_edit
from inventory.models.records import Record

R = TypeVar("R", bound=Record)

if TYPE_CHECKING:
    ModelForm = forms.ModelForm
else:

    class ModelForm(forms.ModelForm):
        """Django's, with the type parameter that only its stubs know."""

        def __class_getitem__(cls, _record: object) -> type:
            return cls


class ArchiveForm(forms.Form):
    """The confirmation, with the edit number that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class RecordForm(ModelForm[R]):
    """A record's form with the edit number that the person saw; saves at most once, all or nothing."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_new:
            del self.fields["version"]
        else:
            self.fields["version"].required = True
            self.initial["version"] = self.instance.version

    @property
    def is_new(self) -> bool:
        return self.instance.pk is None

    def saved(self, *, by: User) -> bool:
        """Save in one transaction; False, with the reason among the form's errors, when that cannot be."""
        if not self.is_valid():
            return False
        was_new = self.is_new
        try:
            with transaction.atomic():
                self._store(by=by)
                return True
        except EditedMeanwhile as meanwhile:
            self.add_error(None, _in_words(meanwhile))
        except Refused as refused:
            self.add_error(refused.field, str(refused))
        except IntegrityError:
            # Two people at once: the other one's row was stored between our look and our write.
            self.add_error("name", "Somebody has just stored a record of this name.")
        if was_new:
            self.instance.pk = None
        return False

    def _store(self, *, by: User) -> None:
        record = self.instance
        if self.is_new:
            if hasattr(record, "slug"):
                record.slug = free_slug(type(record), record.name)  # type: ignore[attr-defined]
        else:
            record.version = lock_for_edit(record, version=self.cleaned_data["version"]).version + 1
        record.save()
        self.store_parts(record, by=by)

    def store_parts(self, record: R, *, by: User) -> None:
        """Store what belongs to the record beside its own row; raise Refused to undo it all."""


class Refused(Exception):
    """What was typed cannot be stored; ``field`` says where it was typed."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


def _in_words(meanwhile: EditedMeanwhile) -> str:
    last = meanwhile.last
    if last is None:
        return "This record was changed after you had opened it. Open it afresh, and make your change again."
    at = timezone.localtime(last.at)
    changed = f" ({', '.join(name.replace('_', ' ') for name in last.fields)})" if last.fields else ""
    return (
        f"{last.by} changed this record{changed} on {at:%-d %B %Y at %H:%M}, after you had opened it. "
        "What you typed is still here: open the record afresh, and make your change again."
    )
