"""Commerce as a service: its routes, reactions, background work, and who may do what."""

from datetime import timedelta

from fourfold.commerce.books import api as books
from fourfold.commerce.carts import api as carts
from fourfold.commerce.catalog import api as catalog
from fourfold.commerce.categories import api as categories
from fourfold.commerce.fulfilments import api as fulfilments
from fourfold.commerce.gateway.jobs import deliver_gateway_events
from fourfold.commerce.gateway.simulated import SimulatedGateway
from fourfold.commerce.images import api as images
from fourfold.commerce.images.jobs import forget_files, shrink_image
from fourfold.commerce.imports import api as imports
from fourfold.commerce.imports.jobs import run_import
from fourfold.commerce.letters import reactions as letter_reactions
from fourfold.commerce.orders import api as orders
from fourfold.commerce.orders.jobs import expire_unpaid_orders
from fourfold.commerce.papers import api as papers
from fourfold.commerce.papers import reactions as paper_reactions
from fourfold.commerce.papers.jobs import draw_paper
from fourfold.commerce.payments import api as payments
from fourfold.commerce.payments import reactions as payment_reactions
from fourfold.commerce.payments.jobs import give_up_payment, reconcile_payments
from fourfold.commerce.payments.provider import Gateway
from fourfold.commerce.payouts import api as payouts
from fourfold.commerce.payouts import reactions as payout_reactions
from fourfold.commerce.persons.forget import CARTS, ORDERS
from fourfold.commerce.pricing import api as pricing
from fourfold.commerce.refunds import api as refunds
from fourfold.commerce.refunds.jobs import complete_refund
from fourfold.commerce.search import api as search
from fourfold.commerce.search import reactions as search_reactions
from fourfold.commerce.search.jobs import refresh_more
from fourfold.commerce.stock import api as stock
from fourfold.commerce.stock import reactions as stock_reactions
from fourfold.commerce.vendors import api as vendors
from fourfold.commerce.vendors.steps import STEPS
from fourfold.ground.service import Schedule, Service

ADMINISTRATORS = frozenset({"owner", "admin"})
SELLERS = ADMINISTRATORS | {"vendor"}
EVERYBODY = SELLERS | {"customer", "moderator", "analyst"}

commerce = Service(
    "commerce",
    "A multi-vendor marketplace.",
    routers=[
        books.router,
        carts.router,
        categories.router,
        search.router,
        catalog.router,
        fulfilments.router,
        images.router,
        imports.router,
        orders.router,
        papers.router,
        payments.router,
        payouts.router,
        pricing.router,
        refunds.router,
        stock.router,
        vendors.router,
    ],
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
    reactions=[
        search_reactions.reactions,
        stock_reactions.reactions,
        payment_reactions.reactions,
        payout_reactions.reactions,
        paper_reactions.reactions,
        letter_reactions.reactions,
    ],
    jobs=[
        forget_files,
        shrink_image,
        refresh_more,
        run_import,
        deliver_gateway_events,
        give_up_payment,
        complete_refund,
        draw_paper,
    ],
    schedules=[
        Schedule(reconcile_payments, timedelta(seconds=30), "commerce.tenants_awaiting_charges"),
        Schedule(expire_unpaid_orders, timedelta(minutes=1), "commerce.tenants_with_overdue_orders"),
    ],
    answers={Gateway: SimulatedGateway},
    migrations=["commerce"],
    personal=[CARTS, ORDERS],
    steps=STEPS,
)
