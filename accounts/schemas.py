"""What goes out as JSON: camelCase outside, snake_case inside. What comes in: accounts/incoming.py."""

from typing import Any

from ninja import Schema
from pydantic import ConfigDict, GetJsonSchemaHandler, SerializerFunctionWrapHandler, model_serializer
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema


class CamelOut(Schema):
    """What a caller gets, by alias on every router: ninja itself would write the Python names."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

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
