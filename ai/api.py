"""The AI settings over the API."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from accounts.api_errors import ApiError
from accounts.authentication import require
from accounts.incoming import CamelIn
from accounts.keys import PROVIDERS
from accounts.models import Role, Tenant, User
from accounts.schemas import CamelOut
from ai import preferences

router = Router(tags=["AI settings"])


class KeyState(CamelOut):
    """Whether a key is stored; the key itself never comes back."""

    set: bool
    last4: str | None = None


class AiSettings(CamelOut):
    """The settings as they read."""

    gemini_api_key: KeyState
    openai_api_key: KeyState
    anthropic_api_key: KeyState
    openrouter_api_key: KeyState
    preferred_ai_model: str | None


class AiSettingsChange(CamelIn):
    """A text sets (white space around it is removed), absent or "" keeps, null removes."""

    gemini_api_key: str | None = ""
    openai_api_key: str | None = ""
    anthropic_api_key: str | None = ""
    openrouter_api_key: str | None = ""
    preferred_ai_model: str | None = ""


@router.get("/user/ai-settings", response=AiSettings, url_name="user_ai_settings", summary="Your own AI settings")
def read_own(request: HttpRequest) -> dict[str, Any]:
    return _read(request.user)


@router.post("/user/ai-settings", response=AiSettings, summary="Change your own AI settings")
def change_own(request: HttpRequest, payload: AiSettingsChange) -> dict[str, Any]:
    return _change(request, request.user, payload)


@router.get(
    "/tenant/ai-settings", response=AiSettings, url_name="tenant_ai_settings", summary="The workspace's AI settings"
)
def read_of_tenant(request: HttpRequest) -> dict[str, Any]:
    require(request, Role.OWNER)
    return _read(request.tenant)


@router.post("/tenant/ai-settings", response=AiSettings, summary="Change the workspace's AI settings")
def change_of_tenant(request: HttpRequest, payload: AiSettingsChange) -> dict[str, Any]:
    require(request, Role.OWNER)
    return _change(request, request.tenant, payload)


def _read(owner: User | Tenant) -> dict[str, Any]:
    state = preferences.read(owner)
    keys = {f"{provider}_api_key": key for provider, key in state["keys"].items()}
    return {**keys, "preferred_ai_model": state["preferred_ai_model"] or None}


def _change(request: HttpRequest, owner: User | Tenant, payload: AiSettingsChange) -> dict[str, Any]:
    new_keys = {provider: getattr(payload, f"{provider}_api_key") for provider in PROVIDERS}
    try:
        preferences.change(owner, new_keys, payload.preferred_ai_model, by=request.user, tenant=request.tenant)
    except preferences.BadSetting as error:
        details = [
            {"field": f"{name}ApiKey" if name in PROVIDERS else "preferredAiModel", "problem": problem}
            for name, problem in error.problems.items()
        ]
        raise ApiError(422, "invalid", "Nothing was saved: some values cannot be used.", details) from None
    return _read(owner)
