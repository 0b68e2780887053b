"""The social system as a service: what people say to each other."""

from fourfold.ground.service import Service
from fourfold.social.bookmarks import api as bookmarks
from fourfold.social.bookmarks import reactions as bookmark_reactions
from fourfold.social.bookmarks.documents import BOOKMARK_COLLECTIONS, BOOKMARKS
from fourfold.social.comments.documents import COMMENTS
from fourfold.social.people.documents import PEOPLE
from fourfold.social.posts import api as posts
from fourfold.social.posts import reactions as post_reactions
from fourfold.social.posts.documents import POST_VERSIONS, POSTS
from fourfold.social.posts.jobs import publish_due_post, purge_deleted_post
from fourfold.social.reactions.documents import REACTIONS
from fourfold.social.ties.documents import TIES
from fourfold.social.visibility import api as visibility

ADMINISTRATORS = frozenset({"owner", "admin"})
MODERATORS = ADMINISTRATORS | {"moderator"}
MEMBERS = MODERATORS | {"vendor", "customer", "analyst"}

social = Service(
    "social",
    "What people of a tenant say to each other.",
    routers=[bookmarks.router, posts.router, visibility.router],
    permissions={
        "social:bookmarks:read": MEMBERS,
        "social:bookmarks:write": MEMBERS,
        "social:posts:read": MEMBERS,
        "social:posts:write": MEMBERS,
        "social:posts:moderate": MODERATORS,
        "social:visibility:read": MODERATORS,
    },
    reactions=[bookmark_reactions.reactions, post_reactions.reactions],
    jobs=[publish_due_post, purge_deleted_post],
    collections=[
        BOOKMARKS, BOOKMARK_COLLECTIONS, COMMENTS, PEOPLE, POSTS, POST_VERSIONS, REACTIONS, TIES,
    ],
)  # fmt: skip
