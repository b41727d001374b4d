from django.db import models
from django.utils import timezone


class Record(models.Model):
    """What a person edits on screen: it is archived rather than deleted, and carries an edit number.

    ``version`` rises by one with every saved edit; a form that was opened on an older one is refused, so that
    two people never overwrite each other unseen.
    """

    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    def archive(self) -> None:
        """Take out of daily use; rows that point here keep their meaning."""
        self.archived_at = timezone.now()
        self.version += 1
        self.save(update_fields=["archived_at", "version"])
