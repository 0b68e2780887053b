"""The social system as a service: what people say to each other."""

from fourfold.ground.service import Service
from fourfold.social.posts import api as posts
from fourfold.social.posts.documents import POSTS

MEMBERS = frozenset({"owner", "admin", "staff", "vendor", "customer"})

social = Service(
    "social",
    "What people of a tenant say to each other.",
    routers=[posts.router],
    permissions={"social:posts:read": MEMBERS, "social:posts:write": MEMBERS},
    collections=[POSTS],
)
