"""Sign-ins: a hundred people at once, and what somebody who only reads notices of it."""

from concurrent.futures import ThreadPoolExecutor

from bench.deployment import PASSWORD, deployed
from bench.figures import Figure, median
from bench.load import Load, run_load

PEOPLE, ROUNDS, SECONDS = 100, 3, 12.0
ADDRESS = "/v1/core/me"


def sign_ins() -> list[Figure]:
    """100 people sign in again and again; one client reads its own account meanwhile, and before for comparison."""
    with deployed() as deployment:
        shop = deployment.open_shop("signins")
        people = [f"person{number}@{shop.slug}.test" for number in range(PEOPLE)]
        for email in people:
            shop.call("POST", "/v1/core/accounts", {"email": email, "password": PASSWORD, "name": "Person"})
        header = [f"X-Tenant: {shop.slug}"]
        reader = [f"Authorization: Bearer {shop.token(people[0])}"]

        def reading(seconds: float) -> Load:
            return run_load("reads", deployment.port, 1, seconds, headers=reader, paths=[ADDRESS])

        def signing_in() -> Load:
            spec = {"headers": header, "emails": people, "password": PASSWORD}
            return run_load("sign_ins", deployment.port, PEOPLE, SECONDS, **spec)

        quiet = [reading(2.0) for _ in range(ROUNDS)]
        busy, loads = [], []
        with ThreadPoolExecutor(1) as pool:
            for _ in range(ROUNDS):
                waiting = pool.submit(signing_in)
                busy.append(reading(SECONDS - 2))
                loads.append(waiting.result())
    assert all(set(load.outcomes) == {"200"} for load in (*quiet, *busy, *loads)), [load.outcomes for load in loads]
    scenario = f"{PEOPLE} people sign in at once"
    return [
        Figure(scenario, "sign-ins", median([load.rate for load in loads]), "1/s"),
        Figure(scenario, "p95 of a sign-in", median([load.p95 for load in loads]), "ms"),
        Figure(scenario, "p95 of a read before", median([load.p95 for load in quiet]), "ms"),
        Figure(scenario, "p95 of a read meanwhile", median([load.p95 for load in busy]), "ms", at_most=100),
        Figure(scenario, "p99 of a read meanwhile", median([load.p99 for load in busy]), "ms"),
    ]
