from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        from inventory.routed import register  # noqa: PLC0415  # models can be imported from here on
        from tenants.routing import tenant_prefixes  # noqa: PLC0415

        register(tenant_prefixes)
