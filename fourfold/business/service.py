"""The business system as a service: usage and quotas."""

from datetime import timedelta

from fourfold.business.usage import api as usage
from fourfold.business.usage.jobs import forget_usage
from fourfold.ground.allowances import QUOTAS
from fourfold.ground.service import Schedule, Service

ADMINISTRATORS = frozenset({"owner", "admin"})

business = Service(
    "business",
    "What tenants use, and what their plans allow.",
    routers=[usage.router],
    permissions={"business:usage:read": ADMINISTRATORS},
    jobs=[forget_usage],
    schedules=[Schedule(forget_usage, timedelta(days=1), "business.tenants_with_old_usage")],
    migrations=["business"],
    settings=QUOTAS,
)
