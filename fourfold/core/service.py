"""The core as a service: its routes, background work, and who may do what."""

from fourfold.contracts.core import Accounts, Notices, Tenants
from fourfold.core.access import api as access
from fourfold.core.accounts import api as accounts
from fourfold.core.accounts.answers import NearAccounts
from fourfold.core.background import api as background
from fourfold.core.notices import api as notices
from fourfold.core.notices.answers import NearNotices
from fourfold.core.notices.jobs import deliver_mail
from fourfold.core.settings import api as settings
from fourfold.core.settings.known import SETTINGS
from fourfold.core.tenants import api as tenants
from fourfold.core.tenants.answers import NearTenants
from fourfold.ground.service import Service

EVERYBODY = frozenset({"owner", "admin", "vendor", "customer", "moderator", "analyst"})
ADMINISTRATORS = frozenset({"owner", "admin"})

core = Service(
    "core",
    "Tenants, accounts, access, mails, background work.",
    routers=[
        tenants.router,
        settings.router,
        accounts.router,
        access.router,
        access.well_known,
        notices.router,
        background.router,
    ],
    permissions={
        "core:me:read": EVERYBODY,
        "core:me:write": EVERYBODY,
        "core:api_keys:read": EVERYBODY,
        "core:api_keys:write": EVERYBODY,
        "core:accounts:read": ADMINISTRATORS,
        "core:roles:write": ADMINISTRATORS,
        "core:jobs:read": ADMINISTRATORS,
        "core:jobs:write": ADMINISTRATORS,
        "core:events:read": ADMINISTRATORS,
        "core:events:write": ADMINISTRATORS,
        "core:settings:read": ADMINISTRATORS,
        "core:settings:write": ADMINISTRATORS,
    },
    jobs=[deliver_mail],
    answers={Accounts: NearAccounts, Notices: NearNotices, Tenants: NearTenants},
    migrations=["ground", "core"],
    settings=SETTINGS,
)
