"""The form of the AI settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from accounts import keys
from accounts.models import Tenant, User
from ai import choosing, preferences
from ai.chain import DEFAULT_KINDS, KINDS
from ai.forms.choice import ModelField
from ai.preferences import BadSetting, Server, Wish

FALLBACKS = ("fallback_1", "fallback_2", "fallback_3")
ORDINALS = ("First", "Second", "Third")
# Where the problems of preferences.BadSetting are shown; a key's stands at the field of its provider.
FIELDS = {"fallbacks": "fallback_1", keys.COMPATIBLE: "server_key"}


@dataclass(frozen=True)
class Section:
    """A part of the page: a heading, what it is about, and its fields."""

    title: str
    about: str
    fields: list[forms.BoundField]


class SettingsForm(forms.Form):
    """Keys are written here and never shown: an empty field keeps the key there is."""

    preferred_ai_model = ModelField(
        label="Preferred AI model", required=False, empty="No preference", help_text="Preselected when you order posts."
    )
    on_errors = forms.MultipleChoiceField(
        label="Ask them when",
        required=False,
        choices=[(name, f"{kind.label[:1].upper()}{kind.label[1:]}") for name, kind in KINDS.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    base_url = forms.CharField(
        label="Base URL",
        required=False,
        max_length=keys.LONGEST_URL,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "https://host/v1", "inputmode": "url"}),
        help_text="With the version, as https://host/v1. Public https only; an operator may allow others with "
        "OUTBOUND_ALLOW_HOSTS.",
    )
    server_key = forms.CharField(
        label="Its key", required=False, widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"})
    )
    json_mode = forms.ChoiceField(
        label="How it is asked for JSON",
        required=False,
        choices=list(keys.JSON_MODES.items()),
        widget=UnfoldAdminSelectWidget,
        help_text="Try the first; take the next where the server answers that it does not know the parameter.",
    )

    def __init__(self, owner: User | Tenant, *args: Any, **kwargs: Any) -> None:
        self.state = preferences.read(owner)
        self.chain = preferences.chain(owner) or Wish((), DEFAULT_KINDS)
        self.server = keys.server_of(owner)
        kwargs["initial"] = self._stored()
        super().__init__(*args, **kwargs)
        self._add_models()
        for provider, label in keys.PROVIDERS.items():
            self._add_key(provider, f"{label} key", self.state["keys"][provider]["last4"])
        self._add_server()

    def _stored(self) -> dict[str, Any]:
        return {
            "preferred_ai_model": self.state["preferred_ai_model"],
            "on_errors": list(self.chain.kinds),
            "base_url": self.server.base_url if self.server else "",
            "json_mode": (self.server.json_mode if self.server else "") or "schema",
            **dict(zip(FALLBACKS, self.chain.models, strict=False)),
        }

    def _add_models(self) -> None:
        for name, ordinal in zip(FALLBACKS, ORDINALS, strict=True):
            self.fields[name] = ModelField(label=f"{ordinal} fallback", required=False, empty="None")
        listed = choosing.choices()
        for name in ("preferred_ai_model", *FALLBACKS):
            field = self.fields[name]
            field.refresh(listed, keep=self.initial.get(name, ""))  # type: ignore[attr-defined]

    def _add_key(self, provider: str, label: str, last4: str | None) -> None:
        self.fields[provider] = forms.CharField(
            label=label,
            required=False,
            strip=True,
            widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
            help_text="Not set." if last4 is None else f"Stored, ends in …{last4}. Empty keeps it.",
        )
        if last4 is not None:
            self._add_removal(f"remove_{provider}", f"Remove the {label}")

    def _add_removal(self, name: str, label: str) -> None:
        self.fields[name] = forms.BooleanField(label=label, required=False, widget=UnfoldBooleanWidget)

    def _add_server(self) -> None:
        last4 = self.server.last4 if self.server else ""
        stored = f"Stored, ends in …{last4}. Empty keeps it." if last4 else "Not set."
        self.fields["server_key"].help_text = f"{stored} Many servers need none."
        if last4:
            self._add_removal("remove_server_key", "Remove its key, it needs none")
        if self.server:
            self._add_removal("remove_server", "Remove your own server with its key")

    def sections(self) -> Iterator[Section]:
        """The fields as the page shows them."""
        with_keys = [name for key in keys.PROVIDERS for name in (key, f"remove_{key}")]
        server = ["base_url", "server_key", "remove_server_key", "json_mode", "remove_server"]
        for title, about, names in (
            ("Model", "", ["preferred_ai_model"]),
            (
                "When it fails",
                "The models that are asked instead, one after another. The one that answered is named at every text. "
                "One without a key is passed over.",
                [*FALLBACKS, "on_errors"],
            ),
            ("Keys", "", with_keys),
            ("Your own server", "Any server that speaks OpenAI's chat API: Ollama, vLLM, LM Studio.", server),
        ):
            yield Section(title, about, [self[name] for name in names if name in self.fields])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in (*keys.PROVIDERS, "server_key"):
            try:
                if cleaned.get(name):
                    keys.checked(cleaned[name])
            except keys.BadKey as error:
                self.add_error(name, f"This {error}.")
        self._clean_chain(cleaned)
        self._clean_server(cleaned)
        return cleaned

    def _clean_chain(self, cleaned: dict[str, Any]) -> None:
        seen: set[str] = set()
        for name in FALLBACKS:
            model = cleaned.get(name)
            if model and model in seen:
                self.add_error(name, f"{model} is named twice: choose another model, or none.")
            seen.add(model or "")
        if seen - {""} and "on_errors" not in self.errors and not cleaned.get("on_errors"):
            self.add_error("on_errors", "Choose at least one kind of failure after which they are asked.")

    def _clean_server(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("remove_server") or "base_url" in self.errors:
            return
        if cleaned.get("base_url"):
            try:
                keys.checked_address(cleaned["base_url"])
            except keys.BadAddress as error:
                self.add_error("base_url", f"This {str(error).rstrip('.')}.")
        elif self.server:
            self.add_error("base_url", "Enter its address, or tick below that your own server is removed.")
        elif cleaned.get("server_key"):
            self.add_error("base_url", "Enter the address of the server that this key is for.")

    def changes(self) -> dict[str, Any]:
        """What preferences.change() takes beside the owner and who did it."""
        cleaned = self.cleaned_data
        new_keys = {
            provider: cleaned[provider] or (None if cleaned.get(f"remove_{provider}") else "")
            for provider in keys.PROVIDERS
        }
        return {
            "new_keys": new_keys,
            "preferred_ai_model": cleaned["preferred_ai_model"] or None,
            "wish": Wish(tuple(cleaned[name] for name in FALLBACKS if cleaned[name]), tuple(cleaned["on_errors"])),
            "server": self._server(),
            "remove_server": bool(cleaned.get("remove_server")),
        }

    def _server(self) -> Server | None:
        """The server as it was entered; None where nothing of it has changed."""
        cleaned = self.cleaned_data
        address, json_mode = cleaned["base_url"].rstrip("/"), cleaned["json_mode"] or "schema"
        secret = cleaned["server_key"] or (None if cleaned.get("remove_server_key") else "")
        is_as_it_was = self.server and (self.server.base_url, self.server.json_mode) == (address, json_mode)
        if not address or cleaned.get("remove_server") or (is_as_it_was and secret == ""):
            return None
        return Server(address, secret, json_mode)

    def explain(self, error: BadSetting) -> None:
        """Show beside the fields why nothing was saved."""
        for name, problem in error.problems.items():
            field = FIELDS.get(name, name)
            text = problem if problem[:1].isupper() else f"This {problem}"
            self.add_error(field if field in self.fields else None, f"{text.rstrip('.')}.")
