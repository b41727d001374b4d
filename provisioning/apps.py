from django.apps import AppConfig

from inventory.secrets import register_encrypted


class ProvisioningConfig(AppConfig):
    name = "provisioning"

    def ready(self) -> None:
        register_encrypted("provisioning.Device", "secret")
        register_encrypted("provisioning.TunnelKey", "secret")
        register_encrypted("provisioning.ZertoManager", "secret")
