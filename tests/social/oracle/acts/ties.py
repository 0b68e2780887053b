"""What becomes of a community, and what is answered, when somebody ties themselves to somebody else, or no longer."""

from tests.social.oracle.model import Model
from tests.social.oracle.told import Telling

OK, CREATED, DONE = 200, 201, 204
FORBIDDEN, MISSING, CONFLICT = 403, 404, 409


class Ties:
    """What people do about each other; each act gives the status of its answer."""

    def __init__(self, model: Model, telling: Telling) -> None:
        self.model = model
        self.telling = telling

    def follow(self, me: str, other: str) -> int:
        """Follows somebody, or asks to."""
        model, before = self.model, self.model.follow.get((me, other))
        if model.cut(me, other):
            return MISSING
        if before == "yes":
            return OK
        if model.members[other].settings.get("follow") == "nobody":
            return FORBIDDEN
        if not model.members[other].protected or model.are_friends(me, other):
            self._followed(me, other)
        elif before is None:
            model.follow[me, other] = "asked"
            self.telling.tell(other, "follow_request", me, f"request {model.tick()}")
        return OK

    def _followed(self, me: str, other: str) -> None:
        self.model.follow[me, other] = "yes"
        self._forget_request(me, other)
        self.telling.tell(other, "follow", me, other)

    def _forget_request(self, me: str, other: str) -> None:
        self.telling.take_back(lambda row: (row.kind, row.actor, row.to) == ("follow_request", me, other))

    def unfollow(self, me: str, other: str) -> int:
        """Follows somebody no longer, nor asks to."""
        if self.model.cut(me, other):
            return MISSING
        self._unfollowed(me, other)
        return DONE

    def remove_follower(self, me: str, other: str) -> int:
        """Has somebody follow them no longer."""
        return self.unfollow(me, other) if self.model.cut(me, other) else self._unfollowed(other, me)

    def _unfollowed(self, me: str, other: str) -> int:
        self.model.follow.pop((me, other), None)
        self._forget_request(me, other)
        self.telling.take_back(lambda row: (row.kind, row.actor, row.to) == ("follow", me, other))
        return DONE

    def answer_follower(self, me: str, other: str, *, accept: bool) -> int:
        """Lets somebody follow who asks to, or does not."""
        if accept:
            self._followed(other, me)
            return OK
        return self._unfollowed(other, me)

    def ask_friend(self, me: str, other: str) -> int:
        """Asks somebody to be friends; if they have asked, that says yes. The id of the request is told later."""
        model = self.model
        if model.cut(me, other):
            return MISSING
        if model.are_friends(me, other):
            return CONFLICT
        if (other, me) in model.asked:
            self._befriended(me, other, model.asked[other, me])
        elif (me, other) not in model.asked:
            model.asked[me, other] = ""
            self.telling.tell(other, "friend_request", me, f"request {model.tick()}")
        return CREATED

    def learn_request(self, me: str, other: str, request_id: str) -> None:
        """Tells the id of a request."""
        if (me, other) in self.model.asked:
            self.model.asked[me, other] = request_id

    def _befriended(self, me: str, other: str, request_id: str) -> None:
        self.model.asked.pop((other, me))
        self.model.friends[frozenset({me, other})] = request_id
        self.telling.take_back(lambda row: (row.kind, row.actor, row.to) == ("friend_request", other, me))
        self.telling.tell(other, "friend", me, request_id)

    def accept_friend(self, me: str, other: str) -> int:
        """Says yes to what there is between the two, whoever has asked."""
        model = self.model
        if model.are_friends(me, other):
            return OK
        if (me, other) in model.asked:
            return FORBIDDEN
        self._befriended(me, other, model.asked[other, me])
        return OK

    def decline_friend(self, me: str, other: str) -> int:
        """Says no to it."""
        if self.model.are_friends(me, other):
            return CONFLICT
        if (me, other) in self.model.asked:
            return FORBIDDEN
        self._unfriended(me, other)
        return OK

    def withdraw(self, me: str, other: str) -> int:
        """Takes it back."""
        if self.model.are_friends(me, other):
            return CONFLICT
        if (me, other) not in self.model.asked:
            return FORBIDDEN
        self._unfriended(me, other)
        return DONE

    def unfriend(self, me: str, other: str) -> int:
        """Is friends with somebody no longer."""
        if self.model.cut(me, other):
            return MISSING
        if self.model.are_friends(me, other):
            self._unfriended(me, other)
        return DONE

    def _unfriended(self, me: str, other: str) -> None:
        for pair in ((me, other), (other, me)):
            self.model.asked.pop(pair, None)
        self.model.friends.pop(frozenset({me, other}), None)
        kinds = {"friend_request", "friend"}
        self.telling.take_back(lambda row: row.kind in kinds and {row.actor, row.to} == {me, other})

    def block(self, me: str, other: str) -> int:
        """Blocks somebody; whoever is blocked finds nobody there to block."""
        model = self.model
        if (other, me) in model.blocks:
            return MISSING
        if (me, other) not in model.blocks:
            for pair in ((me, other), (other, me)):
                model.follow.pop(pair, None)
            self._unfriended(me, other)
            model.blocks.add((me, other))
            self.telling.part(me, other)
        return DONE

    def unblock(self, me: str, other: str) -> int:
        """Blocks somebody no longer."""
        if (other, me) in self.model.blocks:
            return MISSING
        self.model.blocks.discard((me, other))
        return DONE

    def mute(self, me: str, other: str, *, muted: bool) -> int:
        """Hears from somebody no longer, or again."""
        if self.model.cut(me, other):
            return MISSING
        (self.model.mutes.add if muted else self.model.mutes.discard)((me, other))
        return OK if muted else DONE
