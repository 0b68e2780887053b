"""What a connection of Socket.IO is handed: events that were rendered for all, put into its own queue."""

from typing import Any

import orjson
from engineio.packet import MESSAGE, Packet  # type: ignore[import-untyped]  # the library has no types

from fourfold.ground.refusals import Refusal, problem_of
from fourfold.social.channels.events import Happened

EVENT = 2


class SocketOutlet:
    """The queue of one connection. Whoever does not empty it is not waited for."""

    def __init__(self, engine: Any, engine_id: str, request_id: str) -> None:
        """`engine` is the server of the lower protocol, which knows the connection by that id."""
        self._engine = engine
        self.engine_id = engine_id
        self._request_id = request_id
        self.is_closed = False

    @property
    def is_there(self) -> bool:
        """Whether there is such a connection."""
        return self._queue is not None

    @property
    def waiting(self) -> int:
        """How many packets were not sent yet."""
        queue = self._queue
        return 0 if queue is None else int(queue.qsize())

    def event(self, happened: Happened, prev: int | None) -> None:
        """Something has happened."""
        self._put("event", happened.text(prev))

    def resync(self, channel: str, seq: int) -> None:
        """Too much was missed on a channel."""
        self.emit("resync_required", {"channel": channel, "seq": seq})

    def ended(self, channel: str) -> None:
        """A channel is not for them any longer."""
        self.emit("unsubscribed", {"channel": channel})

    def closed(self, refusal: Refusal | None) -> None:
        """They are told nothing more, and nothing of what waits."""
        queue = self._queue
        while queue is not None and not queue.empty():
            queue.get_nowait()
            queue.task_done()
        if refusal is not None:
            self.emit("refused", problem_of(refusal, self._request_id))
        self.is_closed = True

    def emit(self, name: str, data: object) -> None:
        """Any event of Socket.IO."""
        self._put(name, orjson.dumps(data).decode())

    async def end(self) -> None:
        """Ends the connection, without waiting for the other end."""
        socket = self._engine.sockets.get(self.engine_id)
        if socket is not None and not socket.closed:
            await socket.close(wait=False)
            # Ends whoever writes to it.
            socket.queue.put_nowait(None)

    @property
    def _queue(self) -> Any:
        socket = self._engine.sockets.get(self.engine_id)
        return None if socket is None or socket.closed else socket.queue

    def _put(self, name: str, text: str) -> None:
        queue = self._queue
        if queue is not None and not self.is_closed:
            queue.put_nowait(Packet(MESSAGE, data=f'{EVENT}["{name}",{text}]'))
