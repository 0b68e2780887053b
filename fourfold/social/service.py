"""The social system as a service: what people say to each other."""

from datetime import timedelta

from fourfold.contracts.social import Pushes
from fourfold.ground.service import Schedule, Service
from fourfold.social.bookmarks import api as bookmarks
from fourfold.social.bookmarks import reactions as bookmark_reactions
from fourfold.social.bookmarks.documents import BOOKMARK_COLLECTIONS, BOOKMARKS
from fourfold.social.bookmarks.forget import BOOKMARKS_OF_PERSON
from fourfold.social.channels import api as channels
from fourfold.social.channels import reactions as channel_reactions
from fourfold.social.channels.documents import CHANNEL_LOG, CHANNELS
from fourfold.social.channels.forget import CHANNELLED
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
from fourfold.social.graph.persisted import SERVED_DOCUMENTS
from fourfold.social.limits.hold import LIMITS, NEW_ACCOUNT_HOURS
from fourfold.social.media import api as media
from fourfold.social.media import reactions as media_reactions
from fourfold.social.media.documents import MEDIA
from fourfold.social.media.forget import MEDIA_OF_PERSON
from fourfold.social.media.jobs import clear_media_folder, erase_media, process_medium, release_media, tidy_media
from fourfold.social.messages import api as messages
from fourfold.social.messages.documents import CONVERSATIONS, MEMBERSHIPS, MESSAGE_VERSIONS, MESSAGES
from fourfold.social.messages.forget import (
    KEEP_MESSAGES,
    MESSAGES_OF_PERSON,
    erase_conversation,
    erase_outdated_messages,
)
from fourfold.social.mutes import api as mutes
from fourfold.social.mutes import reactions as mute_reactions
from fourfold.social.mutes.documents import MUTES
from fourfold.social.mutes.forget import MUTED
from fourfold.social.notifications import api as notifications
from fourfold.social.notifications import reactions as notification_reactions
from fourfold.social.notifications.documents import NOTIFICATION_EVENTS, NOTIFICATION_STATES, NOTIFICATIONS
from fourfold.social.notifications.forget import NOTIFIED
from fourfold.social.notifications.jobs import KEEP_NOTIFICATIONS, forget_old_notifications, send_digests
from fourfold.social.people import api as people
from fourfold.social.people import reactions as people_reactions
from fourfold.social.people.documents import CLAIMS, PEOPLE
from fourfold.social.people.ensure import JOINING
from fourfold.social.people.personal import PERSON
from fourfold.social.polls import api as polls
from fourfold.social.polls import reactions as poll_reactions
from fourfold.social.polls.documents import POLL_VOTES
from fourfold.social.polls.forget import VOTES_OF_PERSON
from fourfold.social.polls.jobs import end_poll, erase_votes, recount_votes, tell_voters
from fourfold.social.posts import api as posts
from fourfold.social.posts import reactions as post_reactions
from fourfold.social.posts.delete import (
    KEEP_DELETED_POSTS,
    KEEP_POST_VERSIONS,
    KEEP_POSTS,
    POSTS_OF_PERSON,
    delete_outdated_posts,
)
from fourfold.social.posts.documents import POST_VERSIONS, POSTS
from fourfold.social.posts.jobs import publish_due_post, purge_deleted_post
from fourfold.social.presence import api as presence
from fourfold.social.presence.forget import SEEN
from fourfold.social.previews import api as previews
from fourfold.social.previews import reactions as preview_reactions
from fourfold.social.previews.documents import PREVIEWS
from fourfold.social.previews.jobs import fetch_preview, tidy_previews
from fourfold.social.previews.queries import LINK_PREVIEWS
from fourfold.social.reactions import api as reactions
from fourfold.social.reactions import reactions as reaction_reactions
from fourfold.social.reactions.documents import REACTIONS
from fourfold.social.reactions.forget import REACTIONS_OF_PERSON
from fourfold.social.reactions.jobs import erase_reactions
from fourfold.social.reports import api as reports
from fourfold.social.reports.documents import REPORTS
from fourfold.social.reports.forget import REPORTED
from fourfold.social.search import api as search
from fourfold.social.search.documents import HASHTAG_FOLLOWS
from fourfold.social.search.follow import FOLLOWED
from fourfold.social.sockets.hub import Hub
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
        bookmarks.router, channels.router, comments.router, devices.router, feeds.router, media.router,
        messages.router, mutes.router, notifications.router, people.router, polls.router, posts.router,
        presence.router, previews.router, reactions.router, reports.router, search.router, ties.router,
        visibility.router,
    ],
    permissions={
        "social:bookmarks:read": MEMBERS,
        "social:bookmarks:write": MEMBERS,
        "social:comments:write": MEMBERS,
        "social:feeds:read": MEMBERS,
        "social:live:read": MEMBERS,
        "social:messages:read": MEMBERS,
        "social:messages:write": MEMBERS,
        "social:notifications:read": MEMBERS,
        "social:notifications:write": MEMBERS,
        "social:people:read": MEMBERS,
        "social:people:write": MEMBERS,
        "social:polls:vote": MEMBERS,
        "social:posts:read": MEMBERS,
        "social:posts:write": MEMBERS,
        "social:posts:moderate": MODERATORS,
        "social:reactions:write": MEMBERS,
        "social:reports:create": MEMBERS,
        "social:reports:read": MODERATORS,
        "social:reports:write": MODERATORS,
        "social:search:read": MEMBERS,
        "social:search:write": MEMBERS,
        "social:ties:read": MEMBERS,
        "social:ties:write": MEMBERS,
        "social:visibility:read": MODERATORS,
    },
    reactions=[
        bookmark_reactions.reactions, channel_reactions.reactions, comment_reactions.reactions,
        device_reactions.reactions, feed_reactions.reactions, media_reactions.reactions,
        mute_reactions.reactions, notification_reactions.reactions, people_reactions.reactions,
        poll_reactions.reactions, post_reactions.reactions, preview_reactions.reactions, reaction_reactions.reactions,
    ],
    jobs=[
        clear_media_folder, delete_outdated_posts, end_poll, erase_comments, erase_conversation, erase_media,
        erase_outdated_messages, erase_reactions, erase_votes, fetch_preview, forget_old_notifications, process_medium,
        publish_due_post, purge_deleted_post, push_news, recount, recount_votes, release_media, send_digests,
        tell_voters, tidy_media, tidy_previews,
    ],
    schedules=[
        *(
            Schedule(each, timedelta(days=1))
            for each in (recount, recount_votes, send_digests, tidy_media, tidy_previews)
        ),
        Schedule(delete_outdated_posts, timedelta(days=1), "core.tenants_that_keep_posts_so_long"),
        Schedule(erase_outdated_messages, timedelta(days=1), "core.tenants_that_keep_messages_so_long"),
        Schedule(forget_old_notifications, timedelta(days=1), "core.tenants_that_keep_notifications_so_long"),
    ],
    personal=[
        BOOKMARKS_OF_PERSON, CHANNELLED, COMMENTS_OF_PERSON, FOLLOWED, MEDIA_OF_PERSON, MESSAGES_OF_PERSON, MUTED,
        NOTIFIED, POSTS_OF_PERSON, REACTIONS_OF_PERSON, REGISTERED, REPORTED, SEEN, TIED, VOTES_OF_PERSON, PERSON,
    ],
    answers={Hub: Hub, Pushes: SimulatedPushes},
    settings=[
        JOINING, KEEP_DELETED_POSTS, KEEP_MESSAGES, KEEP_NOTIFICATIONS, KEEP_POSTS, KEEP_POST_VERSIONS,
        LINK_PREVIEWS, NEW_ACCOUNT_HOURS, PUSHED_READERS, SERVED_DOCUMENTS, *LIMITS.values(),
    ],
    collections=[
        BOOKMARKS, BOOKMARK_COLLECTIONS, CHANNELS, CHANNEL_LOG, CLAIMS, COMMENTS, CONVERSATIONS, DEVICES,
        HASHTAG_FOLLOWS, MEDIA, MEMBERSHIPS, MESSAGES, MESSAGE_VERSIONS, MUTES, NOTIFICATIONS, NOTIFICATION_EVENTS,
        NOTIFICATION_STATES, PEOPLE, POLL_VOTES, POSTS, POST_VERSIONS, PREVIEWS, PULLED_AUTHORS, PUSHES,
        REACTIONS, REPORTS,
        TIES,
    ],
    mounts={
        "/socket.io/": "fourfold.social.sockets.live:open_sockets",
        "/v1/social/graphql": "fourfold.social.graph.graphql:open_graph",
    },
)  # fmt: skip
