"""The switchboard: finds a route by its path, and turns what the route raises into an answer.

The framework asks one route after the other, through several layers of its own, which costs more than a read from the
database. What is not found here is left to it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRouter
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from fourfold.ground.door import DoorRoute
from fourfold.serve.web.mounts import Mounts

WORDS = 3
BEGUN = "answer_begun"

Handler = Callable[[Request, Exception], Response | Awaitable[Response]]


class Application(FastAPI):
    """FastAPI without its own outer layers: what they do is done by the gate and the switchboard."""

    def build_middleware_stack(self) -> ASGIApp:
        """Our layers around the switchboard."""
        app: ASGIApp = Switchboard(self.router, self.exception_handlers, self.state.mounts)
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
    """Whole paths first, then those with parameters by their first three words, then the framework's router."""

    def __init__(self, router: APIRouter, handlers: Mapping[Any, Any], mounts: Mounts) -> None:
        """Sorts the routes that the router has now; `handlers` answer exceptions by their class."""
        self._router = AsyncExitStackMiddleware(router)
        self._handlers: Mapping[Any, Handler] = handlers
        self._mounts = mounts
        self._by_path, self._by_words = sorted_by_path(router.routes)
        self._of_whole = methods_of_whole_paths(router.routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request to its route."""
        if scope["type"] != "http":
            mount = self._mounts.find(scope["path"]) if scope["type"] == "websocket" else None
            await (self._router if mount is None else partial(self._mounts.serve, mount))(scope, receive, send)
            return
        try:
            route = self._find(scope)
            if route is not None:
                await route.handle(scope, receive, send)
            elif (mount := self._mounts.find(scope["path"])) is not None:
                await self._mounts.serve(mount, scope, receive, send)
            else:
                self._refuse_method(scope)
                await self._router(scope, receive, send)
        except Exception as problem:
            handler = next((self._handlers[kind] for kind in type(problem).__mro__ if kind in self._handlers), None)
            if handler is None or scope.get(BEGUN):
                raise
            response = handler(Request(scope), problem)
            await (response if isinstance(response, Response) else await response)(scope, receive, send)

    def _find(self, scope: Scope) -> DoorRoute | None:
        path = scope["path"]
        whole = self._by_path.get((scope["method"], path))
        if whole is not None:
            scope.update(route=whole, endpoint=whole.endpoint, path_params={})
            return whole
        if scope["method"] not in self._of_whole.get(path, (scope["method"],)):
            return None
        for route in self._by_words.get(words_of(path), ()):
            match, found = route.matches(scope)
            if match is Match.FULL:
                scope.update(found)
                return route
        return None

    def _refuse_method(self, scope: Scope) -> None:
        """Raises 405 with all methods of the path, which the framework takes from the first route of several."""
        path = scope["path"]
        methods = self._of_whole.get(path) or {
            method
            for route in self._by_words.get(words_of(path), ())
            if route.matches(scope)[0] is Match.PARTIAL
            for method in route.methods or ()
        }
        if methods:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(methods))})


def words_of(path: str) -> str:
    """The beginning of a path: `/v1/commerce/products` of `/v1/commerce/products/one`."""
    return "/".join(path.split("/", WORDS + 1)[: WORDS + 1])


def methods_of_whole_paths(routes: Sequence[BaseRoute]) -> dict[str, set[str]]:
    """The methods of each path without parameters; no route with parameters takes such a path with another method."""
    methods: dict[str, set[str]] = {}
    for route in routes:
        if isinstance(route, DoorRoute) and "{" not in route.path:
            methods.setdefault(route.path, set()).update(route.methods or ())
    return methods


def sorted_by_path(
    routes: Sequence[BaseRoute],
) -> tuple[dict[tuple[str, str], DoorRoute], dict[str, list[DoorRoute]]]:
    """Routes without parameters by method and path, and all, in their order, by the beginnings of their paths.

    A path that an earlier route with parameters takes is not among the first: as everywhere, the earlier one wins.
    """
    whole: dict[tuple[str, str], DoorRoute] = {}
    by_words: dict[str, list[DoorRoute]] = {}
    for route in routes:
        if not isinstance(route, DoorRoute) or "{" in words_of(route.path):
            continue
        earlier = by_words.setdefault(words_of(route.path), [])
        for method in route.methods or () if "{" not in route.path else ():
            scope = {"type": "http", "path": route.path, "method": method, "root_path": ""}
            if not any(each.matches(scope)[0] is Match.FULL for each in earlier):
                whole[method, route.path] = route
        earlier.append(route)
    return whole, by_words
