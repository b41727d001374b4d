"""The fields of every form that says how something is reached: a password never shown, and what makes it trusted."""

from typing import TYPE_CHECKING, Any

from cryptography import x509
from django import forms

from provisioning.drivers.fingerprints import sha256_hex
from provisioning.models import Tls

if TYPE_CHECKING:
    Base = forms.BaseForm
else:
    Base = object


def write_only() -> forms.CharField:
    """A password that can be set, and is never put back onto the screen."""
    return forms.CharField(
        required=False,
        strip=False,
        label="Password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )


class CertificateFields(Base):
    """For a form with ``tls``, ``thumbprint`` and ``ca_pem``."""

    def clean_thumbprint(self) -> str:
        text = str(self.cleaned_data["thumbprint"]).strip()
        if not text:
            return ""
        try:
            digits = sha256_hex(text)
        except ValueError as error:
            raise forms.ValidationError(
                "A SHA-256 thumbprint has 64 hexadecimal digits (colons are allowed), or is written as SHA256:…"
            ) from error
        return digits if text.upper().startswith("SHA256:") else text.lower()

    def clean_ca_pem(self) -> str:
        text = str(self.cleaned_data["ca_pem"]).strip()
        if text:
            try:
                x509.load_pem_x509_certificates(text.encode())
            except ValueError as error:
                raise forms.ValidationError("This is not a PEM certificate (-----BEGIN CERTIFICATE-----).") from error
        return text

    def check_pin(self, data: dict[str, Any]) -> None:
        if data.get("tls") == Tls.PINNED and not data.get("thumbprint") and "thumbprint" not in self.errors:
            self.add_error("thumbprint", "A pinned certificate needs its SHA-256 thumbprint.")
