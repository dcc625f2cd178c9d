"""Every error of the API in one shape: {"error": {"code", "message", "details"}}."""

import logging
import math
import secrets
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import HttpError, Throttled, ValidationError

log = logging.getLogger(__name__)

CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    422: "invalid",
    429: "rate_limited",
}

# pydantic's error types in plain words; {names} come from the error's context.
WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this request; remove it",
    "string_type": "must be text",
    "string_unicode": "holds half a character; send valid UTF-8",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "string_pattern_mismatch": "does not have the right form",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "list_type": "must be a list",
    "dict_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have at least {min_length} entries",
    "none_required": "must be null",
    "value_error": "{error}",
    "assertion_error": "{error}",
}


class ApiError(HttpError):
    """An error the caller sees as it is.

    code is a short name for programs, message a sentence for people (what happened, why, the next
    step), details any JSON data; retry_after is in seconds, for 429.
    """

    def __init__(
        self, status: int, code: str, message: str, details: Any = None, *, retry_after: float | None = None
    ) -> None:
        super().__init__(status, message)
        self.code = code
        self.details = details
        self.retry_after = retry_after


def register(api: NinjaAPI) -> None:
    """Install the handlers, so that whatever goes wrong in an operation is answered in this shape."""

    def answer(request: HttpRequest, error: ApiError) -> HttpResponse:
        content = {"code": error.code, "message": error.message, "details": error.details}
        response = api.create_response(request, {"error": content}, status=error.status_code)
        if error.status_code == 401:
            response["WWW-Authenticate"] = "Bearer"
        if error.retry_after is not None:
            response["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
        return response

    def handle(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(request, to_api_error(request, error))

    for kind in (HttpError, ValidationError, Http404, Exception):  # ninja has its own handlers for these
        api.add_exception_handler(kind, handle)


def to_api_error(request: HttpRequest, error: Exception) -> ApiError:
    """Say any exception as an ApiError; what we did not foresee is logged and told without internals."""
    match error:
        case ApiError():
            return error
        case ValidationError():
            return ApiError(422, CODES[422], "The request holds values we cannot use.", field_problems(error.errors))
        case Throttled():
            return ApiError(429, CODES[429], "Too many requests. Wait a little.", retry_after=error.wait or 60)
        case HttpError():
            return _http_error(error)
        case Http404():
            return ApiError(404, CODES[404], "There is nothing here under this address and workspace.")
        case RequestDataTooBig():
            return ApiError(413, CODES[413], "The request is too large. Send less at once.")
        case UnreadablePostError():
            return ApiError(400, CODES[400], "The request broke off before its end. Send it again.")
        case PermissionDenied():
            return ApiError(403, CODES[403], str(error) or "You may not do this. Ask an owner of the workspace.")
    number = secrets.token_hex(4)
    log.error("API error %s at %s %s", number, request.method, request.path, exc_info=error)
    return ApiError(
        500,
        "internal",
        f"Something went wrong on our side. Try again; if it stays, give your administrator the number {number}, "
        "which is in the log.",
    )


def _http_error(error: HttpError) -> ApiError:
    status, message = error.status_code, error.message
    if status == 400 and error.__cause__ is not None:
        return ApiError(400, "not_json", "The body is not JSON. Send valid JSON in UTF-8.")
    if status == 401:
        message = "No valid token: it is missing, unknown, revoked or expired. Send Authorization: Bearer <token>."
    return ApiError(status, CODES.get(status, "error"), message)


def field_problems(errors: list[dict[str, Any]]) -> list[dict[str, str]]:
    """pydantic's errors as [{"field", "problem"}]: dotted camelCase path, plain words."""
    return [{"field": _field(error["loc"]), "problem": _problem(error)} for error in errors]


def _field(location: tuple[Any, ...]) -> str:
    # (source, name of our argument, path...) for a body, (source, path...) for everything else.
    path = location[2:] if location[0] == "body" else location[1:]
    return ".".join(str(part) for part in path)


def _problem(error: dict[str, Any]) -> str:
    words = WORDS.get(error["type"])
    if words is None:
        text = str(error.get("msg", "is not valid"))
        return text[:1].lower() + text[1:]
    if error["type"] == "missing" and error["loc"][0] == "body" and len(error["loc"]) <= 2:
        return "a JSON object is required"
    return words.format(**error.get("ctx", {}))
