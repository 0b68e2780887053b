"""The figures: `/metrics` for Prometheus, open in development and by a token elsewhere."""

from hmac import compare_digest

from fastapi import FastAPI, Request, Response

from fourfold.ground.headers import first_headers
from fourfold.ground.metrics import metrics_text
from fourfold.ground.refusals import Unauthenticated
from fourfold.ground.settings import Settings


def add_figures(app: FastAPI, settings: Settings) -> None:
    """Serves `/metrics`; not at all in production without a token."""
    token = settings.metrics_token.get_secret_value().encode() if settings.metrics_token is not None else None
    if token is None and not settings.development:
        return

    async def figures(request: Request) -> Response:
        given = first_headers(request.scope).get(b"authorization", b"")
        if token is not None and not compare_digest(given, b"Bearer " + token):
            raise Unauthenticated
        text, kind = metrics_text()
        return Response(text, media_type=kind)

    app.add_api_route("/metrics", figures, include_in_schema=False, response_model=None)
