"""What reading conversations costs: as much for one as for many, and for what is missing as for what is hidden."""

from functools import partial
from uuid import UUID

import pytest

from fourfold.ground.document_work import DocumentView
from fourfold.ground.ids import new_id
from fourfold.social.messages.show import NoSuchConversation, conversations_page, messages_page, show_conversation
from tests.builders.chat import say, talk
from tests.builders.ties import block, people
from tests.conftest import Tenant
from tests.social.visibility.test_store_calls import reads_of

MOST = 8


def test_a_list_costs_the_same_however_long(tenant: Tenant) -> None:
    """S-42, S-83: conversations, places, ties, people, last messages and badges are read in one go each."""
    ada, bob, eve, dan = people(tenant, 4)
    for other in (bob, eve):
        say(other, talk(ada, other))
    say(bob, talk(ada, bob, eve, name="Us"))
    say(dan, talk(dan, bob))

    async def show(view: DocumentView, number: int) -> None:
        assert len((await conversations_page(view, None, 20)).items) == number

    short = reads_of(tenant, dan, lambda view: show(view, 1))
    long = reads_of(tenant, ada, lambda view: show(view, 3))
    assert long == short
    assert 0 < len(long) <= MOST, long


def test_history_costs_the_same_however_long(tenant: Tenant) -> None:
    """S-42, S-83: so are messages."""
    ada, bob = people(tenant, 2)
    talked = talk(ada, bob)
    for _ in range(6):
        say(ada, talked)

    async def show(view: DocumentView, number: int) -> None:
        assert len((await messages_page(view, UUID(talked["id"]), None, None, number)).items) == number

    assert reads_of(tenant, bob, lambda view: show(view, 1)) == reads_of(tenant, bob, lambda view: show(view, 6))


def test_restricted_takes_what_missing_takes(tenant: Tenant) -> None:
    """S-42, I4: a conversation of others, and one with who is cut off, are refused after the same reads as none."""
    ada, bob, eve = people(tenant, 3)
    theirs, ended = talk(ada, bob), talk(ada, eve)
    block(ada, eve)

    async def refused(view: DocumentView, conversation_id: UUID) -> None:
        with pytest.raises(NoSuchConversation):
            await show_conversation(view, conversation_id)

    ids = [UUID(theirs["id"]), UUID(ended["id"]), new_id()]
    foreign, cut, missing = (reads_of(tenant, eve, partial(refused, conversation_id=each)) for each in ids)
    assert foreign == cut == missing
