"""What the vendors share that are asked through OpenAI's SDK: the client, and how an error reads."""

from collections.abc import Mapping
from typing import Any

from integrations.providers.remote import Problem, Remote


class OpenAISDK(Remote):
    """A vendor that OpenAI's SDK speaks to."""

    def connect(self, http_client: Any) -> Any:
        """The SDK's client. The organization of the server's environment is not that of this key."""
        import openai

        sdk = openai.OpenAI(
            api_key=self.key or "none", base_url=self.base_url or self.home, max_retries=0, http_client=http_client
        )
        sdk.organization = sdk.project = None
        return sdk

    def problem(self, error: Exception) -> Problem | None:
        """What the SDK's error says."""
        import openai

        if not isinstance(error, openai.APIStatusError):
            return None
        said = error.body
        if isinstance(said, str) and not error.response.text.lstrip().startswith("{"):
            said = None  # a page, not an answer
        return self.reported(said, error.status_code, error.response.headers)

    def reported(self, error: Any, status: int = 0, headers: Mapping[str, str] | None = None) -> Problem:
        """What the object under "error" says, wherever it stands; status is 0 for one inside a 200."""
        body: dict[str, Any] = error if isinstance(error, dict) else {}
        codes = [str(word).lower() for word in (body.get("code"), body.get("type")) if word]
        words = body.get("message") or (error if isinstance(error, str) else "")
        return Problem(status, " ".join(codes), str(words), headers or {})

    def whole(self, answer: Any) -> Any:
        """An answer of the SDK, which hands over what is not JSON as it is; raises Overloaded for that."""
        if isinstance(answer, str):
            raise self.no_json()
        return answer
