"""What becomes of a community, and what is answered, when somebody says something, or has something to say to it."""

from dataclasses import dataclass

from tests.social.oracle.acts.ties import CONFLICT, CREATED, DONE, FORBIDDEN, MISSING, OK
from tests.social.oracle.model import Comment, Model, Poll, Post
from tests.social.oracle.told import Telling


@dataclass(slots=True)
class Words:
    """What people do with posts and comments; each act gives the status of its answer.

    What is new gets its id from the answer: `can_...` tells the status first, then the rest is told what there is.
    """

    model: Model
    telling: Telling

    # Posts.

    def wrote(self, post: Post) -> None:
        """There is a post, or a quote, or a draft."""
        self.model.posts[post.id] = post
        if post.state == "published":
            self._out(post)

    def _out(self, post: Post) -> None:
        post.state, post.out = "published", self.model.tick()
        self._begin(post)
        quoted = self.model.original(post)
        if quoted is not None:
            self.telling.tell(quoted.author, "quote", post.author, post.id, post=post.id)
        for each in post.mentions:
            if quoted is None or each != quoted.author:
                self.telling.tell(each, "mention", post.author, post.id, post=post.id)

    def _begin(self, post: Post) -> None:
        """One votes in its poll from now on."""
        if post.poll is not None and post.state == "published":
            post.poll.ends = self.model.hour + post.poll.lasts
            post.was_open |= not post.poll.hides

    def can_pass_on(self, me: str, post_id: str) -> bool:
        """Whether somebody may repost or quote a post."""
        return self.model.sees(me, post_id) and self.model.meant(self.model.posts[post_id]).state == "published"

    def reposted(self, me: str, post_id: str, repost_id: str, audience: str) -> None:
        """There is a repost, unless there was one before."""
        original = self.model.meant(self.model.posts[post_id])
        known = self.model.posts.get(repost_id)
        if known is not None and known.state == "published":
            return
        self.model.posts[repost_id] = Post(repost_id, me, audience, "repost", of=original.id, out=self.model.tick())
        self.telling.tell(original.author, "repost", me, original.id, post=original.id, source=repost_id)

    def take_repost_back(self, me: str, post_id: str) -> int:
        """A repost goes, if there is one."""
        post = self.model.posts.get(post_id)
        # A repost that was taken back names nothing any more.
        is_gone = post is None or (post.kind, post.state) == ("repost", "deleted")
        named = post_id if post is None or is_gone else self.model.meant(post).id
        for each in self.model.posts.values():
            if (each.author, each.kind, each.of, each.state) == (me, "repost", named, "published"):
                self._gone(each)
                return DONE
        return DONE if self.model.sees(me, post_id) else MISSING

    def _gone(self, post: Post) -> None:
        post.state = "deleted"
        self.telling.take_back(lambda row: row.concerns(post.id))

    def own(self, me: str, post_id: str) -> int:
        """Whether somebody may do what only its author may do with a post."""
        post = self.model.posts[post_id]
        if post.author == me and post.state != "deleted":
            return OK
        return FORBIDDEN if self.model.sees(me, post_id) else MISSING

    def delete_post(self, me: str, post_id: str) -> int:
        """A post goes."""
        status = self.own(me, post_id)
        if status != OK:
            return status
        self._gone(self.model.posts[post_id])
        return DONE

    def publish(self, me: str, post_id: str) -> int:
        """A draft goes out."""
        status, post = self.own(me, post_id), self.model.posts[post_id]
        if status != OK:
            return status
        if post.state != "draft":
            return CONFLICT
        self._out(post)
        return OK

    def edit_post(self, me: str, post_id: str, text: str | None, audience: str | None) -> int:
        """A post says something else, or is for others."""
        status, post = self.own(me, post_id), self.model.posts[post_id]
        if status != OK:
            return status
        if post.kind == "repost":
            return CONFLICT
        if text in {None, post.text} and audience in {None, post.audience}:
            return OK
        self._keep_version(post)
        post.audience = audience or post.audience
        if text not in {None, post.text}:
            post.text, post.mentions = text or "", self.model.named_in(text or "", me)
        if post.state == "published":
            self._edited(post)
        return OK

    def _keep_version(self, post: Post) -> None:
        if post.state == "published":
            post.former.append((post.version, post.text, post.audience))
        post.version += 1

    def asked_otherwise(self, post: Post, poll: Poll | None) -> None:
        """A post asks something else, or nothing any more."""
        self._keep_version(post)
        post.poll = poll
        if post.state == "published":
            self._begin(post)
            self._edited(post)

    def an_hour_later(self) -> None:
        """An hour has passed: whoever has asked, and those who have voted, are told of polls that are over."""
        self.model.hour += 1
        for post in self.model.posts.values():
            if post.state == "published" and post.poll is not None and post.poll.ends == self.model.hour:
                for each in {post.author, *post.poll.votes}:
                    self.telling.tell(each, "poll", post.author, f"poll of {post.id}", post=post.id)

    def _edited(self, post: Post) -> None:
        named = set(post.mentions)
        self.telling.take_back(lambda row: (row.kind, row.object) == ("mention", post.id) and row.to not in named)
        for each in post.mentions:
            self.telling.tell(each, "mention", post.author, post.id, post=post.id)

    # Comments.

    def can_comment(self, me: str, post_id: str, parent_id: str | None) -> int:
        """Whether somebody may say something below a post, or in answer to a comment there."""
        if not self.can_pass_on(me, post_id):
            return MISSING
        if parent_id is not None:
            parent = self.model.comments[parent_id]
            is_there = self.model.there(me, parent_id) == "whole"
            if not is_there or parent.post != self.model.meant(self.model.posts[post_id]).id:
                return MISSING
        return CREATED

    def commented(self, me: str, post_id: str, comment_id: str, text: str, parent_id: str | None) -> None:
        """There is a comment."""
        model, post = self.model, self.model.meant(self.model.posts[post_id])
        parent = model.comments[parent_id] if parent_id else None
        above = {*parent.above, parent.author, *parent.mentions} if parent else set()
        depth = parent.depth + 1 if parent else 0
        comment = Comment(comment_id, post.id, me, parent_id, depth, above, text, model.named_in(text, me))
        model.comments[comment_id] = comment
        model.answers[post.id, parent_id].append(comment_id)
        kinds = {**dict.fromkeys(comment.mentions, "mention"), post.author: "comment"}
        if parent is not None:
            kinds[parent.author] = "reply"
        for to, kind in kinds.items():
            self.telling.tell(to, kind, me, comment_id, post=post.id, comment=comment_id)

    def edit_comment(self, me: str, comment_id: str, text: str) -> int:
        """A comment says something else; whom it names besides is above all that answers to it."""
        comment = self.model.comments[comment_id]
        if self.model.there(me, comment_id) != "whole":
            return MISSING
        if comment.author != me:
            return FORBIDDEN
        named = self.model.named_in(text, me)
        for each in self.model.below(comment):
            each.above |= set(named) - set(comment.mentions)
        comment.text, comment.mentions = text, named
        comment.version += 1
        return OK

    def delete_comment(self, me: str, comment_id: str) -> int:
        """A comment goes: one's own, or one below one's own post."""
        comment = self.model.comments[comment_id]
        is_own = comment.author == me and comment.state == "published"
        if not is_own and self.model.there(me, comment_id) != "whole":
            return MISSING
        if not is_own and self.model.posts[comment.post].author != me:
            return FORBIDDEN
        comment.state, comment.text, comment.mentions = "deleted", "", ()
        comment.version += 1
        self.model.reactions.pop(comment_id, None)
        self.telling.take_back(lambda row: comment_id in {row.object, row.comment})
        return DONE

    # Reactions and bookmarks.

    def react(self, me: str, target_id: str, kind: str) -> int:
        """Somebody has one reaction to a post or a comment."""
        model, comment = self.model, self.model.comments.get(target_id)
        if comment is not None:
            if model.there(me, target_id) != "whole":
                return MISSING
            author, of = comment.author, {"post": comment.post, "comment": target_id}
        else:
            if not self.can_pass_on(me, target_id):
                return MISSING
            post = model.meant(model.posts[target_id])
            target_id, author, of = post.id, post.author, {"post": post.id}
        if model.reactions[target_id].get(me, ("", 0))[0] != kind:
            model.reactions[target_id][me] = kind, model.tick()
            self.telling.tell(author, "reaction", me, target_id, **of)
        return OK

    def take_reaction_back(self, me: str, target_id: str) -> int:
        """They have none, whether or not they still see it."""
        model, named = self.model, target_id
        post = model.posts.get(target_id)
        if post is not None and (post.kind, post.state) != ("repost", "deleted"):
            named = model.meant(post).id
        if model.reactions[named].pop(me, None) is not None:
            self.telling.take_back(lambda row: (row.kind, row.actor, row.object) == ("reaction", me, named))
            return DONE
        is_there = model.there(me, target_id) == "whole" if target_id in model.comments else model.sees(me, target_id)
        return DONE if is_there else MISSING

    def bookmark(self, me: str, post_id: str) -> int:
        """Keeps a post for later."""
        if not self.model.sees(me, post_id):
            return MISSING
        self.model.bookmarks.setdefault((me, post_id), self.model.tick())
        return DONE

    def remove_bookmark(self, me: str, post_id: str) -> int:
        """Keeps it no longer."""
        if self.model.bookmarks.pop((me, post_id), None) is not None:
            return DONE
        return DONE if self.model.sees(me, post_id) else MISSING
