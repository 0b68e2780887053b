"""What the connections of a person say about them."""

from collections.abc import Collection, Iterable
from typing import Literal, TypeAlias

State: TypeAlias = Literal["online", "away", "offline"]
CONNECTED: tuple[State, State] = ("online", "away")


def state_of(connections: Iterable[tuple[str, str]], alive: Collection[str]) -> State:
    """Of connections, each as its process and its state: online if one of them is, if its process is still alive."""
    states = {state for process, state in connections if process in alive}
    return next((state for state in CONNECTED if state in states), "offline")


def entry(process: str, state: State) -> str:
    """A connection as it is kept."""
    return f"{process}:{state}"


def entry_in(text: str) -> tuple[str, str]:
    """What is kept of a connection: its process, and its state."""
    process, _, state = text.partition(":")
    return process, state
