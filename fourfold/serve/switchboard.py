"""The switchboard: finds a route by the first words of its path, and leaves the rest to the framework.

The framework asks one route after the other, which costs more than a read from the database once there are many.
"""

from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRouter
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

WORDS = 3


class Application(FastAPI):
    """FastAPI with our gate around it: what the framework's own outer layers do is done there."""

    def build_middleware_stack(self) -> ASGIApp:
        """The gate, the handlers of exceptions, and the switchboard."""
        handlers = {kind: handler for kind, handler in self.exception_handlers.items() if kind not in {500, Exception}}
        app: ASGIApp = AsyncExitStackMiddleware(Switchboard(self.router))
        app = ExceptionMiddleware(app, handlers=handlers)
        for middleware in reversed(self.user_middleware):
            app = middleware.cls(app, *middleware.args, **middleware.kwargs)
        return app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request."""
        if scope["type"] == "lifespan" or self.middleware_stack is None:
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        await self.middleware_stack(scope, receive, send)


class Switchboard:
    """Routes by the first three words of their paths; whatever is not found so is left to the router."""

    def __init__(self, router: APIRouter) -> None:
        """Sorts the routes that the router has now."""
        self._router = router
        self._routes = sorted_by_words(router.routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request to its route."""
        if scope["type"] == "http":
            for route in self._routes.get(words_of(scope["path"]), ()):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    await route.handle(scope, receive, send)
                    return
        await self._router(scope, receive, send)


def words_of(path: str) -> str:
    """The beginning of a path: `/v1/commerce/products` of `/v1/commerce/products/one`."""
    return "/".join(path.split("/", WORDS + 1)[: WORDS + 1])


def sorted_by_words(routes: Sequence[BaseRoute]) -> dict[str, list[Route]]:
    """The routes, in their order, by the beginnings of their paths; those whose beginning varies are left out."""
    found: dict[str, list[Route]] = {}
    for route in routes:
        if isinstance(route, Route) and "{" not in words_of(route.path):
            found.setdefault(words_of(route.path), []).append(route)
    return found
