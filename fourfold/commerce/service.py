"""Commerce as a service: its routes, reactions, background work, and who may do what."""

from fourfold.commerce.books import api as books
from fourfold.ground.service import Service

ADMINISTRATORS = frozenset({"owner", "admin"})
SELLERS = ADMINISTRATORS | {"vendor"}
EVERYBODY = SELLERS | {"customer", "moderator", "analyst"}

commerce = Service(
    "commerce",
    "A multi-vendor marketplace.",
    routers=[books.router],
    permissions={
        "commerce:products:read": SELLERS,
        "commerce:products:write": SELLERS,
        "commerce:categories:write": ADMINISTRATORS,
        "commerce:vendors:read": SELLERS,
        "commerce:vendors:write": ADMINISTRATORS,
        "commerce:stock:read": SELLERS,
        "commerce:stock:write": SELLERS,
        "commerce:imports:read": SELLERS,
        "commerce:imports:write": SELLERS,
        "commerce:pricing:read": ADMINISTRATORS,
        "commerce:pricing:write": ADMINISTRATORS,
        "commerce:orders:read": EVERYBODY,
        "commerce:orders:read_all": ADMINISTRATORS,
        "commerce:orders:cancel": EVERYBODY,
        "commerce:fulfilments:read": SELLERS,
        "commerce:fulfilments:write": SELLERS,
        "commerce:refunds:read": ADMINISTRATORS,
        "commerce:refunds:write": ADMINISTRATORS,
        "commerce:payouts:read": SELLERS,
        "commerce:books:read": ADMINISTRATORS,
    },
    reactions=[],
    jobs=[],
    schedules=[],
    migrations=["commerce"],
)
