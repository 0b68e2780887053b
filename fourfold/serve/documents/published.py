"""The published OpenAPI document: what the API has promised, kept beside the code and only ever added to."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fourfold.ground.service import Service
from fourfold.serve.documents.compatibility import breaks, compared_part
from fourfold.serve.documents.openapi import document_of

WHERE = Path("docs/reference/openapi-published.json")


def promised_by(services: Sequence[Service]) -> dict[str, Any]:
    """What the code promises now."""
    routes = [route for service in services for router in service.routers for route in router.routes]
    promised: dict[str, Any] = compared_part(document_of(routes, "Fourfold"))
    for operations in promised["paths"].values():
        for operation in operations.values():
            # Refusals all have one shape, and may become more.
            answers = operation["responses"].items()
            operation["responses"] = {status: answer for status, answer in answers if status.startswith("2")}
    return promised


def broken_promises(where: Path, services: Sequence[Service]) -> list[str]:
    """What the code no longer keeps of the published document; none when nothing is published."""
    return breaks(json.loads(where.read_text()), promised_by(services)) if where.exists() else []


def publish(where: Path, services: Sequence[Service]) -> None:
    """Writes what the code promises now, one operation and one schema in a line, so that changes are seen."""
    promised = promised_by(services)
    schemas = promised["components"]["schemas"]
    lines = [
        '{"openapi": ' + json.dumps(promised["openapi"]) + ', "paths": {',
        ",\n".join(f"{json.dumps(path)}: {_line(promised['paths'][path])}" for path in sorted(promised["paths"])),
        '}, "components": {"schemas": {',
        ",\n".join(f"{json.dumps(name)}: {_line(schemas[name])}" for name in sorted(schemas)),
        "}}}",
    ]
    where.write_text("\n".join(lines) + "\n")


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
