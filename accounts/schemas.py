"""JSON as the API speaks it: camelCase outside, snake_case inside."""

from typing import Any

from ninja import Schema
from pydantic import ConfigDict, GetJsonSchemaHandler, SerializerFunctionWrapHandler, model_serializer, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema


class Camel(Schema):
    """A schema whose JSON names are camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class CamelIn(Camel):
    """What a caller sends: unknown fields are refused, and so is text no database can store."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _no_nul(cls, data: Any) -> Any:
        if isinstance(values := getattr(data, "_obj", data), dict):
            for name, value in values.items():
                if isinstance(value, str) and "\x00" in value:
                    raise ValueError(f"{name} holds a NUL character")
        return data


class OwnIn(CamelIn):
    """A request that may name the caller's own workspace and person; authentication.check_own refuses others."""

    tenant_id: str | int | None = None
    user_id: str | int | None = None


class CamelOut(Camel):
    """What a caller gets, by alias on every router: ninja itself would write the Python names."""

    @model_serializer(mode="wrap")
    def _by_alias(self, handler: SerializerFunctionWrapHandler):  # no return type: pydantic would document that one
        fields = type(self).model_fields
        return {(fields[n].alias or n) if n in fields else n: value for n, value in handler(self).items()}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core_schema)
        shape = handler.resolve_ref_schema(schema)
        names = {name: field.alias or name for name, field in cls.model_fields.items()}
        shape["properties"] = {names.get(n, n): value for n, value in shape.get("properties", {}).items()}
        if "required" in shape:
            shape["required"] = [names.get(n, n) for n in shape["required"]]
        return schema
