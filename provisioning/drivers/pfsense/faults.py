"""What the API says when it does not do as asked, as an error whose message says what to do.

The API answers every call with an envelope, ``{code, status, response_id, message, data}``; ``response_id`` is the
stable part, so it decides before the HTTP status does.
"""

from provisioning.drivers.protocol import DeviceError, Refused, SignInRefused

API_PACKAGE = "pfSense-pkg-RESTAPI"


class Busy(DeviceError):
    """The firewall is at something else, or has not finished: the same call may work later."""

    transient = True


class Overtaken(Refused):
    """Somebody else changed the firewall in the same moment: read it again, then the same may work."""

    transient = True


class PackageMissing(Refused):
    """The firewall lacks a package, so it cannot have what was asked for."""


BY_RESPONSE_ID = {
    "ENDPOINT_REST_API_IS_NOT_ENABLED": "its REST API is switched off: turn it on under System, REST API.",
    "ENDPOINT_METHOD_NOT_ALLOWED_IN_READ_ONLY_MODE": (
        "its REST API is in read-only mode: turn that off under System, REST API."
    ),
    "MODEL_MANY_MINIMUM_REACHED": "pfSense keeps at least one of these: add one of your own first.",
    "NETWORK_INTERFACE_IN_USE_BY_INTERFACE_GROUP": "it belongs to an interface group: take it out, then try again.",
    "NETWORK_INTERFACE_IN_USE_BY_INTERFACE_BRIDGE": "it belongs to a bridge: take it out, then try again.",
}
GONE = ("MODEL_OBJECT_NOT_FOUND", "MODEL_PARENT_OBJECT_NOT_FOUND")


def told(*, status: int, response_id: str, message: str, where: str, what: str) -> DeviceError:
    """``where``: the firewall in words. ``what``: the object or path that the call was about."""
    said = f"{message.rstrip('. ')} ({response_id})" if message else response_id or f"status {status}"
    if words := BY_RESPONSE_ID.get(response_id):
        return Refused(f"{where}, {what}: {words}")
    if response_id in GONE:
        return Overtaken(f"{where}, {what}: somebody else removed it in the same moment: read the firewall again.")
    if status in (401, 403):
        return _not_let_in(status, said, where, what)
    return _by_status(status, said, where, what)


def _not_let_in(status: int, said: str, where: str, what: str) -> DeviceError:
    if status == 401:
        return SignInRefused(
            f"{where} refuses the API key, or the user name and password: correct them on the device. It said: {said}."
        )
    return SignInRefused(
        f"{where} lets us in, but not to {what}: grant the API's user the privilege for it, and look at the API's "
        f"access list. It said: {said}."
    )


def _by_status(status: int, said: str, where: str, what: str) -> DeviceError:
    match status:
        case 404:
            return Refused(f"{where}, {what}: it names something that is not there: add that first. It said: {said}.")
        case 409:
            return Refused(f"{where}, {what}: something still refers to it: remove that first. It said: {said}.")
        case 424:
            package = "the IPsec package" if "ipsec" in what.lower() or "tunnel" in what else "the package it needs"
            return PackageMissing(
                f"{where}, {what}: a package is missing: install {package} (and {API_PACKAGE} where it is not whole) "
                f"under System, Package Manager. It said: {said}."
            )
        case 503:
            return Busy(f"{where}, {what}: it is busy, and stayed so: try again later. It said: {said}.")
        case _ if status >= 500:
            return Busy(f"{where}, {what}: an error inside of the firewall; try again, and look at its log. {said}.")
        case _:
            return Refused(f"{where}, {what}: refused. It said: {said}.")
