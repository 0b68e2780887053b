"""The social system as a service: what people say to each other."""

from datetime import timedelta

from fourfold.contracts.social import Pushes
from fourfold.ground.service import Schedule, Service
from fourfold.social.bookmarks import api as bookmarks
from fourfold.social.bookmarks import reactions as bookmark_reactions
from fourfold.social.bookmarks.documents import BOOKMARK_COLLECTIONS, BOOKMARKS
from fourfold.social.comments import api as comments
from fourfold.social.comments import reactions as comment_reactions
from fourfold.social.comments.documents import COMMENTS
from fourfold.social.comments.forget import COMMENTS_OF_PERSON
from fourfold.social.comments.jobs import erase_comments, recount
from fourfold.social.devices import api as devices
from fourfold.social.devices import reactions as device_reactions
from fourfold.social.devices.documents import DEVICES, PUSHES
from fourfold.social.devices.jobs import push_news
from fourfold.social.devices.register import REGISTERED
from fourfold.social.devices.simulated import SimulatedPushes
from fourfold.social.feeds import api as feeds
from fourfold.social.feeds import reactions as feed_reactions
from fourfold.social.feeds.documents import PULLED_AUTHORS
from fourfold.social.feeds.spread import PUSHED_READERS
from fourfold.social.notifications import api as notifications
from fourfold.social.notifications import reactions as notification_reactions
from fourfold.social.notifications.documents import NOTIFICATION_EVENTS, NOTIFICATION_STATES, NOTIFICATIONS
from fourfold.social.notifications.forget import NOTIFIED
from fourfold.social.notifications.jobs import send_digests
from fourfold.social.people import api as people
from fourfold.social.people import reactions as people_reactions
from fourfold.social.people.documents import CLAIMS, PEOPLE
from fourfold.social.people.ensure import JOINING
from fourfold.social.people.personal import PERSON
from fourfold.social.posts import api as posts
from fourfold.social.posts import reactions as post_reactions
from fourfold.social.posts.documents import POST_VERSIONS, POSTS
from fourfold.social.posts.jobs import publish_due_post, purge_deleted_post
from fourfold.social.reactions import api as reactions
from fourfold.social.reactions import reactions as reaction_reactions
from fourfold.social.reactions.documents import REACTIONS
from fourfold.social.reactions.forget import REACTIONS_OF_PERSON
from fourfold.social.reactions.jobs import erase_reactions
from fourfold.social.search import api as search
from fourfold.social.search.documents import HASHTAG_FOLLOWS
from fourfold.social.search.follow import FOLLOWED
from fourfold.social.ties import api as ties
from fourfold.social.ties.documents import TIES
from fourfold.social.ties.many import TIED
from fourfold.social.visibility import api as visibility

ADMINISTRATORS = frozenset({"owner", "admin"})
MODERATORS = ADMINISTRATORS | {"moderator"}
MEMBERS = MODERATORS | {"vendor", "customer", "analyst"}

social = Service(
    "social",
    "What people of a tenant say to each other.",
    routers=[
        bookmarks.router, comments.router, devices.router, feeds.router, notifications.router, people.router,
        posts.router, reactions.router, search.router, ties.router, visibility.router,
    ],
    permissions={
        "social:bookmarks:read": MEMBERS,
        "social:bookmarks:write": MEMBERS,
        "social:comments:write": MEMBERS,
        "social:feeds:read": MEMBERS,
        "social:notifications:read": MEMBERS,
        "social:notifications:write": MEMBERS,
        "social:people:read": MEMBERS,
        "social:people:write": MEMBERS,
        "social:posts:read": MEMBERS,
        "social:posts:write": MEMBERS,
        "social:posts:moderate": MODERATORS,
        "social:reactions:write": MEMBERS,
        "social:search:read": MEMBERS,
        "social:search:write": MEMBERS,
        "social:ties:read": MEMBERS,
        "social:ties:write": MEMBERS,
        "social:visibility:read": MODERATORS,
    },
    reactions=[
        bookmark_reactions.reactions, comment_reactions.reactions, device_reactions.reactions,
        feed_reactions.reactions, notification_reactions.reactions, people_reactions.reactions,
        post_reactions.reactions, reaction_reactions.reactions,
    ],
    jobs=[erase_comments, erase_reactions, publish_due_post, purge_deleted_post, push_news, recount, send_digests],
    schedules=[Schedule(recount, timedelta(days=1)), Schedule(send_digests, timedelta(days=1))],
    personal=[COMMENTS_OF_PERSON, FOLLOWED, NOTIFIED, REACTIONS_OF_PERSON, REGISTERED, TIED, PERSON],
    answers={Pushes: SimulatedPushes},
    settings=[JOINING, PUSHED_READERS],
    collections=[
        BOOKMARKS, BOOKMARK_COLLECTIONS, CLAIMS, COMMENTS, DEVICES, HASHTAG_FOLLOWS, NOTIFICATIONS,
        NOTIFICATION_EVENTS, NOTIFICATION_STATES, PEOPLE, POSTS, POST_VERSIONS, PULLED_AUTHORS, PUSHES, REACTIONS, TIES,
    ],
)  # fmt: skip
