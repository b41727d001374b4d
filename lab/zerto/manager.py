"""The manager's state: ZORGs, sites and the networks that each site sees, in the API's own names."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any] | list[dict[str, Any]]
ZCM_ONLY, ZVM_ONLY = "/v1/sites", "/v1/virtualizationsites"


class Product(StrEnum):
    ZVM = "zvm"
    ZVM_WINDOWS = "zvm-windows"
    ZCM = "zcm"


class ApiError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str = "", *, retry_after: int | None = None, location: str = "") -> None:
        self.status, self.message = status, message
        self.headers = {"Location": location} if location else {}
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)
        super().__init__(message)


@dataclass(slots=True)
class Manager:
    """``zorgs``: names and identifiers. ``networks``: of each site, by the site's name."""

    product: Product = Product.ZVM
    version: str = "10.0.60"
    zorgs: dict[str, str] = field(default_factory=dict)
    networks: dict[str, list[str]] = field(default_factory=lambda: {"Frankfurt": []})

    def get(self, path: str) -> Json:
        """Raises ApiError."""
        if path == "/v1/zorgs":
            key = "Name" if self.product == Product.ZCM else "ZorgName"
            return [{"ZorgIdentifier": identifier, key: name} for name, identifier in self.zorgs.items()]
        found = self._cloud(path) if self.product == Product.ZCM else self._site(path)
        if found is None:
            raise ApiError(404, "Resource not found.")
        return found

    def _cloud(self, path: str) -> Json | None:
        if path != ZCM_ONLY:
            return None
        return [
            {"SiteIdentifier": _identifier(name), "SiteName": name, "ZvmVersion": self.version, "IsConnected": True}
            for name in self.networks
        ]

    def _site(self, path: str) -> Json | None:
        if path == "/v1/localsite":
            return {"SiteName": next(iter(self.networks)), "Version": self.version, "Location": "Frankfurt"}
        if path == ZVM_ONLY:
            return [{"SiteIdentifier": _identifier(name), "VirtualizationSiteName": name} for name in self.networks]
        for name, networks in self.networks.items():
            if path == f"{ZVM_ONLY}/{_identifier(name)}/networks":
                return [
                    {"NetworkIdentifier": f"dvportgroup-{number}", "VirtualizationNetworkName": network}
                    for number, network in enumerate(networks, start=100)
                ]
        return None


def _identifier(name: str) -> str:
    return f"site-{name.encode().hex()}"
