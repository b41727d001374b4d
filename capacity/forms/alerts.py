"""What people type about an alert rule."""

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from capacity.alerts import clear_all_of
from capacity.models import AlertRule
from capacity.planning.alerting import Condition
from inventory.models import CoreSwitch

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[AlertRule]
else:
    ModelForm = forms.ModelForm

MOST_ADDRESSES = 50
SHOWN = ["kind", "threshold", "switch", "in_app", "email_to", "webhook_url"]
MEANWHILE = "Somebody else saved this rule meanwhile: open it anew, then edit it."


class AlertRuleForm(ModelForm):
    """A rule: what it watches, from when on, on which switch, and whom it tells. The secret is never shown."""

    secret = forms.CharField(
        required=False,
        strip=False,
        max_length=200,
        label="Webhook's secret",
        help_text="Signs each message (HMAC-SHA256), so that the receiver knows it is ours. Stored encrypted.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )
    forget_secret = forms.BooleanField(required=False, label="Forget the stored secret: send unsigned")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = [*SHOWN, "secret", "forget_secret", "version"]

    class Meta:
        model = AlertRule
        fields: ClassVar = SHOWN
        help_texts: ClassVar = {
            "threshold": "Percent: raised at this much or more, 1 to 200. Days: raised when it is this near or nearer, "
            "1 to 3,650.",
            "email_to": "One address a line. Each gets a mail of its own, once an alert.",
            "webhook_url": "http:// or https://. Gets one POST with JSON an alert.",
        }
        widgets: ClassVar = {
            "threshold": forms.NumberInput(attrs={"inputmode": "numeric"}),
            "email_to": forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
            "webhook_url": forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "class": "mono"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version
        switch = self.fields["switch"]
        assert isinstance(switch, forms.ModelChoiceField)
        switch.queryset = CoreSwitch.objects.filter(archived_at=None).order_by("name")
        switch.empty_label = "every core switch in use"
        if self.instance.webhook_secret:
            self.fields[
                "secret"
            ].help_text = "Leave empty to keep the present one. It is stored encrypted, never shown."
        else:
            del self.fields["forget_secret"]

    def clean_email_to(self) -> str:
        """One address a line; commas and semicolons part them too. Each is kept once."""
        text = str(self.cleaned_data["email_to"])
        addresses = list(dict.fromkeys(text.replace(",", " ").replace(";", " ").split()))
        if wrong := [address for address in addresses if not _is_address(address)]:
            raise ValidationError(f"Not an e-mail address: {', '.join(wrong)[:200]}.")
        if len(addresses) > MOST_ADDRESSES:
            raise ValidationError(f"{MOST_ADDRESSES} addresses at most: a mailing list reaches more.")
        return "\n".join(addresses)

    def clean_webhook_url(self) -> str:
        url = str(self.cleaned_data["webhook_url"]).strip()
        if not url:
            return ""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise ValidationError("This is not an address: check the host and the port.") from error
        if parts.scheme not in {"http", "https"}:
            raise ValidationError("Write it with http:// or https:// in front.")
        if not host or any(character.isspace() for character in url):
            raise ValidationError("This is not an address: expected https://host/path.")
        if parts.username is not None or parts.password is not None:
            raise ValidationError("Leave user and password out of the address: it is shown. Use the secret instead.")
        if parts.fragment:
            raise ValidationError("What follows # is never sent: leave it out.")
        return url

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._judge_threshold(data)
        channels = {"in_app", "email_to", "webhook_url"}
        if not channels & self.errors.keys() and not any(data.get(channel) for channel in channels):
            self.add_error("in_app", "Choose one at least: a notice, e-mail or a webhook. Nobody would learn of it.")
        if data.get("secret") and not data.get("webhook_url") and "webhook_url" not in self.errors:
            self.add_error("webhook_url", "A secret signs what goes to a webhook: enter its address too.")
        return data

    def _judge_threshold(self, data: dict[str, Any]) -> None:
        kind, threshold = data.get("kind"), data.get("threshold")
        if kind is None or threshold is None:
            return
        least, most = Condition(kind).limits
        if not least <= threshold <= most:
            what = "Percent go" if kind == Condition.PERCENT else "Days go"
            self.add_error("threshold", f"{what} from {least} to {most:,}.")

    def saved(self) -> bool:
        """Save under the row's lock; False, with the reason among the errors, when somebody else saved first."""
        if not self.is_valid():
            return False
        rule = self.instance
        with transaction.atomic():
            if rule.pk is not None:
                stored = AlertRule.objects.select_for_update().filter(pk=rule.pk).first()
                if stored is None or stored.version != self.cleaned_data["version"]:
                    self.add_error(None, MEANWHILE)
                    return False
                rule.version = stored.version + 1
                if rule.kind != stored.kind:
                    clear_all_of(stored, because="the rule watches something else now")
            self._keep_secret(rule)
            rule.save()
        return True

    def _keep_secret(self, rule: AlertRule) -> None:
        """A secret belongs to its address: it goes when the address goes."""
        if self.cleaned_data.get("forget_secret") or not rule.webhook_url:
            rule.set_secret("")
        if self.cleaned_data["secret"]:
            rule.set_secret(self.cleaned_data["secret"])


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
