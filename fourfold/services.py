"""The list of everything that can be deployed alone."""

from collections.abc import Sequence

from fourfold.business.service import business
from fourfold.commerce.service import commerce
from fourfold.core.service import core
from fourfold.ground.service import Service
from fourfold.social.service import social

ALL = (core, commerce, social, business)


class UnknownService(ValueError):
    """There is no service of this name."""


def services_named(names: Sequence[str]) -> tuple[Service, ...]:
    """The services with these names, all for no names; the core always comes along, since it signs people in."""
    known = {service.name: service for service in ALL}
    unknown = [name for name in names if name not in known]
    if unknown:
        reason = f"there is no service {unknown[0]}; there are {', '.join(known)}"
        raise UnknownService(reason)
    return tuple(service for service in ALL if not names or service.name in names or service is core)
