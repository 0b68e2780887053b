"""What the generator of requests has to be told about our document: formats, and a content type."""

import schemathesis
from hypothesis import strategies as st

from fourfold.commerce.pricing.countries import COUNTRIES
from fourfold.ground.money import CURRENCIES


def teach() -> None:
    """Tells it; the generator keeps what it is told for all schemas."""
    schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
    schemathesis.openapi.format("iso-4217", st.sampled_from(sorted(CURRENCIES)))
    schemathesis.openapi.format("iso-3166-1-alpha-2", st.sampled_from(sorted(COUNTRIES)))
