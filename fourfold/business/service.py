"""The business system as a service: usage and quotas."""

from fourfold.business.usage import api as usage
from fourfold.ground.allowances import QUOTAS
from fourfold.ground.service import Service

ADMINISTRATORS = frozenset({"owner", "admin"})

business = Service(
    "business",
    "What tenants use, and what their plans allow.",
    routers=[usage.router],
    permissions={"business:usage:read": ADMINISTRATORS},
    migrations=["business"],
    settings=QUOTAS,
)
