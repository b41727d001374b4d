"""Zerto managers for tests: entries alone, and entries of a stand-in that runs."""

from typing import Any

from lab.zerto import Running
from lab.zerto.server import PASSWORD, USERNAME
from provisioning.models import ZertoManager


def make_zerto_manager(name: str = "zvm-1", **fields: Any) -> ZertoManager:
    """One that nothing answers for, unless ``address`` says otherwise."""
    password = fields.pop("password", PASSWORD)
    usual = {"slug": name, "product": "zvm", "address": "127.0.0.1:1", "username": USERNAME}
    manager = ZertoManager(name=name, **usual | fields)
    manager.set_password(password)
    manager.save()
    return manager


def manager_of(running: Running, **fields: Any) -> ZertoManager:
    """The entry of a stand-in, whose certificate it trusts."""
    usual = {"product": running.manager.product.value, "address": running.address, "ca_pem": running.certificate.pem}
    return make_zerto_manager(**usual | fields)
