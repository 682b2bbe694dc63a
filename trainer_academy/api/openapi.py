"""The OpenAPI 3.1 description of /api/v1, made from the shapes. Pure."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from trainer_academy.api import shapes

_MODELS: tuple[type[BaseModel], ...] = (
    shapes.CredentialShape,
    shapes.VerifyRequest,
    shapes.VerifyResponse,
    shapes.WatchRequest,
    shapes.WatchResponse,
    shapes.WatchPage,
    shapes.ErrorShape,
)


def describe(base_url: str) -> dict[str, Any]:
    """The description as a JSON document."""
    _map, made = models_json_schema(
        [(model, "serialization") for model in _MODELS], ref_template="#/components/schemas/{model}"
    )
    needs_token: list[Any] = [{"token": []}]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Trainer Academy", "version": "1", "description": "Check certificates and watch them."},
        "servers": [{"url": f"{base_url}/api/v1"}],
        "paths": {
            "/credentials/{id}": {
                "get": _operation("One certificate", None, shapes.CredentialShape, [_parameter("id", "path")])
            },
            "/credentials/verify": {
                "post": _operation("Up to 1,000 at once", shapes.VerifyRequest, shapes.VerifyResponse, security=needs_token)
            },
            "/watches": {
                "get": _operation(
                    "What you watch", None, shapes.WatchPage, [_parameter("after", "query", "integer")], needs_token
                ),
                "post": _operation("Watch, or no more", shapes.WatchRequest, shapes.WatchResponse, security=needs_token),
            },
        },
        "components": {
            "schemas": made["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _parameter(name: str, place: str, kind: str = "string") -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": kind}}


def _operation(
    summary: str,
    takes: type[BaseModel] | None,
    gives: type[BaseModel],
    parameters: list[Any] | None = None,
    security: list[Any] | None = None,
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "summary": summary,
        "responses": {
            "200": _body("As asked.", gives),
            "default": _body("What went wrong, and what to do.", shapes.ErrorShape),
        },
    }
    found |= {"parameters": parameters} if parameters else {}
    found |= {"security": security} if security else {}
    return found | ({"requestBody": {**_body("", takes), "required": True}} if takes else {})


def _body(description: str, model: type[BaseModel]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}
    return {"description": description, "content": content}
