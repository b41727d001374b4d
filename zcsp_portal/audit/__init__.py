"""Who changed what, and when: the screen over django-auditlog."""
