"""The figures: `/metrics` for Prometheus, open in development and by a token elsewhere."""

import asyncio
from collections.abc import Awaitable, Callable
from hmac import compare_digest

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from fourfold.ground.headers import first_headers
from fourfold.ground.metrics import metrics_text
from fourfold.ground.refusals import Unauthenticated
from fourfold.ground.settings import Settings


def add_figures(app: FastAPI, settings: Settings) -> None:
    """Serves `/metrics`; not at all in production without a token."""
    figures = figures_of(settings)
    if figures is not None:
        app.add_api_route("/metrics", figures, include_in_schema=False, response_model=None)


def figures_of(settings: Settings) -> Callable[[Request], Awaitable[Response]] | None:
    """What answers `/metrics`, or raises `Unauthenticated`; None where nobody may ask."""
    token = settings.metrics_token.get_secret_value().encode() if settings.metrics_token is not None else None
    if token is None and not settings.development:
        return None

    async def figures(request: Request) -> Response:
        given = first_headers(request.scope).get(b"authorization", b"")
        if token is not None and not compare_digest(given, b"Bearer " + token):
            raise Unauthenticated
        # Adding up the files of several processes takes a while, in which others are served.
        text, kind = await asyncio.to_thread(metrics_text)
        return Response(text, media_type=kind)

    return figures
