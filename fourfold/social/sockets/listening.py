"""Listening by asking for one thing after the other."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from fourfold.ground.refusals import Refusal
from fourfold.social.channels.events import Ended, Heard, Resync
from fourfold.social.sockets.listener import Listener, Queued

if TYPE_CHECKING:
    from fourfold.social.sockets.hub import Hub


class Listening:
    """Somebody who listens, for `async for`: it ends when they may not come in any longer."""

    def __init__(self, hub: "Hub", listener: Listener, outlet: Queued) -> None:
        """Made by the hub."""
        self._hub = hub
        self._listener = listener
        self._outlet = outlet

    @property
    def cursors(self) -> dict[str, int]:
        """The last number on each channel."""
        return self._listener.cursors

    @property
    def refusal(self) -> Refusal | None:
        """Why it has ended, if they may not come in any longer."""
        return self._outlet.refusal

    async def subscribe(self, channel: str, cursor: int | None = None) -> int:
        """Listens to a channel as well, behind a number; raises `NoSuchChannel` and `TooManyChannels`."""
        return await self._hub.subscribe(self._listener, channel, cursor)

    def unsubscribe(self, channel: str) -> None:
        """Listens to a channel no longer."""
        self._hub.unsubscribe(self._listener, channel)

    def __aiter__(self) -> AsyncIterator[Heard | Resync | Ended]:
        """All that is heard."""
        return self._outlet.__aiter__()
