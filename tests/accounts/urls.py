"""A small API that goes wrong in every way, for the tests of errors, schemas and authentication."""

from typing import Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import path
from ninja import Field, NinjaAPI
from ninja.errors import HttpError

from accounts import api_errors
from accounts.api_errors import ApiError
from accounts.authentication import TokenOrSession, require
from accounts.incoming import CamelIn
from accounts.models import Role
from accounts.schemas import CamelOut
from config.urls import urlpatterns as real

api = NinjaAPI(auth=TokenOrSession(), urls_namespace="probe")
api_errors.register(api)


class Inner(CamelIn):
    max_words: int


class Order(CamelIn):
    media_type: Literal["movie", "tv"]
    first_count: int = 1
    inner_part: Inner | None = None


class Line(CamelOut):
    first_name: str


class Answer(CamelOut):
    media_type: str
    all_lines: list[Line] = Field(default_factory=list)


@api.post("/order", response=Answer)
def order(request: HttpRequest, payload: Order) -> Any:
    return {"media_type": payload.media_type, "all_lines": [{"first_name": "Ann"}]}


@api.get("/model", response=Answer)
def model(request: HttpRequest) -> Any:
    return Answer(media_type="tv")


@api.get("/who")
def who(request: HttpRequest) -> Any:
    return {"user": request.user.username, "tenant": request.tenant.slug, "role": request.role.value}


@api.get("/page")
def page(request: HttpRequest, number: int) -> Any:
    return {"number": number}


@api.get("/owners")
def owners(request: HttpRequest) -> Any:
    require(request, Role.OWNER)
    return {}


@api.get("/fail/{how}", auth=None)
def fail(request: HttpRequest, how: str) -> Any:
    raise {
        "conflict": ApiError(409, "wrong_state", "The job has ended.", {"state": "completed"}),
        "slow": ApiError(429, "rate_limited", "Wait.", retry_after=12.2),
        "missing": Http404("secret inside"),
        "denied": PermissionDenied(),
        "http": HttpError(409, "plain"),
        "crash": RuntimeError("password=hunter2"),
    }[how]


urlpatterns = [path("api/probe/", api.urls), *real]
