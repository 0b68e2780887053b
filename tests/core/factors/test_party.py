"""Whose pages may ask for a passkey."""

import pytest

from fourfold.core.factors.rules import Party, party_of

PRODUCTION = ("https://api.shop.example", "shop.example", "demo")
DEVELOPMENT = ("http://127.0.0.1:8000", "localhost", "demo")


@pytest.mark.parametrize(
    ("origin", "host", "party"),
    [
        ("", "api.shop.example", Party("api.shop.example", "https://api.shop.example")),
        ("", "demo.shop.example:443", Party("demo.shop.example", "https://demo.shop.example")),
        ("", "evil.example", Party("api.shop.example", "https://api.shop.example")),
        ("https://demo.shop.example", "", Party("demo.shop.example", "https://demo.shop.example")),
        ("https://shop.example", "", Party("shop.example", "https://shop.example")),
        ("https://other.shop.example", "", None),
        ("https://demo.shop.example.evil.example", "", None),
        ("https://demo.shop.example:8443", "", None),
        ("http://demo.shop.example", "", None),
        ("null", "", None),
        ("https://[", "", None),
        ("https://demo.shop.example@evil.example", "", None),
        ("https://evil.example@demo.shop.example", "", None),
    ],
)
def test_in_production_only_the_deployments_pages_may(origin: str, host: str, party: Party | None) -> None:
    """P-14: the tenant's own host, the deployment's and its domain, by https and on their port."""
    assert party_of(*PRODUCTION, origin=origin, host=host, any_port=False) == party


@pytest.mark.parametrize(
    ("origin", "host", "party"),
    [
        ("", "127.0.0.1:8000", Party("localhost", "http://localhost:8000")),
        ("http://localhost:5173", "", Party("localhost", "http://localhost:5173")),
        ("http://demo.localhost:5173", "", Party("demo.localhost", "http://demo.localhost:5173")),
        ("http://127.0.0.1:8000", "", None),
        ("http://evil.example", "", None),
    ],
)
def test_in_development_any_port_may(origin: str, host: str, party: Party | None) -> None:
    """P-14: pages that are made on the same machine come from another port."""
    assert party_of(*DEVELOPMENT, origin=origin, host=host, any_port=True) == party
