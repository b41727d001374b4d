from django.apps import AppConfig

from inventory.secrets import register_encrypted


class CapacityConfig(AppConfig):
    name = "capacity"

    def ready(self) -> None:
        register_encrypted("capacity.AlertRule", "webhook_secret")
