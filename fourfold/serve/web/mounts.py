"""Mounts: applications of services that serve all below a path, loaded when the first one comes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from fourfold.ground.headers import first_headers
from fourfold.ground.house import House
from fourfold.ground.ids import new_text_id
from fourfold.ground.refusals import Unavailable
from fourfold.ground.service import Service
from fourfold.serve.web.origins import allows

# What a websocket is closed with that does not come from a page of the tenant's, or too late.
POLICY, RESTARTS = 1008, 1012


@dataclass(frozen=True, slots=True)
class Mounted:
    """What stands in the place of a route."""

    path: str


class Mounts:
    """The mounts of all services of a process. Their libraries cost nothing as long as nobody comes."""

    def __init__(self, services: Sequence[Service]) -> None:
        """Nothing is loaded yet."""
        self._places: dict[str, str] = {}
        for service in services:
            self._places |= service.mounts
        self._routes = {mount: Mounted(mount.removesuffix("/")) for mount in self._places}
        self._apps: dict[str, Any] = {}
        self._opening = asyncio.Lock()
        self._is_closed = False

    def find(self, path: str) -> str | None:
        """The mount that serves a path, by its beginning."""
        for mount in self._places:
            if path.startswith(mount) or path == mount.removesuffix("/"):
                return mount
        return None

    async def serve(self, mount: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands a request, or a websocket, to a mount."""
        if scope["type"] == "websocket":
            scope.setdefault("request_id", new_text_id())
            if not await _may_connect(scope):
                await WebSocketClose(POLICY)(scope, receive, send)
                return
        # By this it is counted.
        scope["route"], scope["path_params"] = self._routes[mount], {}
        if self._is_closed:
            await _turn_away(scope, receive, send)
            return
        app = self._apps.get(mount) or await self._open(mount, scope["app"].state)
        await app(scope, receive, send)

    async def _open(self, mount: str, state: Any) -> ASGIApp:
        async with self._opening:
            if mount not in self._apps:
                module, _, function = self._places[mount].partition(":")
                # Beside the loop: others are served meanwhile.
                loaded = await asyncio.to_thread(import_module, module)
                house: House = state.house
                self._apps[mount] = getattr(loaded, function)(house, state.identify)
        app: ASGIApp = self._apps[mount]
        return app

    async def close(self) -> None:
        """Closes those that were opened, and can be; whoever comes from here on is turned away."""
        self._is_closed = True
        for app in self._apps.values():
            if hasattr(app, "close"):
                await app.close()
        self._apps.clear()


async def _may_connect(scope: Scope) -> bool:
    """Whether a page may open a websocket: browsers ask nobody before they do. Programs name no page."""
    headers = first_headers(scope)
    origin = headers.get(b"origin")
    if origin is None or origin.partition(b"://")[2] == headers.get(b"host"):
        return True
    return await allows(scope, origin.decode("latin-1"))


async def _turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    """The process is about to end: clients connect again, and come to another one."""
    if scope["type"] == "websocket":
        await WebSocketClose(RESTARTS)(scope, receive, send)
        return
    raise Unavailable
