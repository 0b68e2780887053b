"""Carts as personal data: what somebody was about to buy."""

from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import View, Work

_LINES = """
SELECT c.id AS cart_id, c.status, c.created_at, l.variant_id, l.quantity
FROM commerce.cart c LEFT JOIN commerce.cart_line l ON l.tenant_id = c.tenant_id AND l.cart_id = c.id
WHERE c.account_id = $1 ORDER BY c.id, l.id
"""


async def _tell(view: View, person: Person) -> Told:
    return Told([dict(row) for row in await view.db.fetch(_LINES, person.account_id)])


async def _erase(work: Work, person: Person) -> int:
    # Carts that became orders are told of by those.
    done = await work.db.execute(
        "DELETE FROM commerce.cart WHERE account_id = $1 AND status <> 'ordered'", person.account_id
    )
    return int(done.split()[-1])


CARTS = PersonalData(
    "commerce.carts",
    "Carts",
    "Keeping what somebody is about to buy.",
    "Carts that became orders, by the account's id.",
    {"commerce.cart.account_id": "Whose cart it is."},
    _tell,
    _erase,
)
