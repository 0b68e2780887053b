"""What the systems count for Prometheus: orders, money, people, files, mails.

Counted by the process that did it, once its transaction is committed (`Work.count`, `Event.counts`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from fourfold.ground.metrics import counter
from fourfold.ground.refusals import Refusal

orders_placed_total = counter("orders_placed_total", "Orders placed")
orders_paid_total = counter("orders_paid_total", "Orders paid in full")
orders_cancelled_total = counter("orders_cancelled_total", "Orders cancelled")
paid_minor_units_total = counter(
    "paid_minor_units_total", "Totals of paid orders, in the smallest unit of the currency", ["currency"]
)
refunds_total = counter("refunds_total", "Refunds completed")
refunded_minor_units_total = counter(
    "refunded_minor_units_total", "Money given back, in the smallest unit of the currency", ["currency"]
)
carts_opened_total = counter("carts_opened_total", "Carts opened")
tenants_opened_total = counter("tenants_opened_total", "Tenants opened")
accounts_registered_total = counter("accounts_registered_total", "Accounts registered")
sign_ins_total = counter("sign_ins_total", "Tries to sign in", ["way", "outcome"])
files_stored_total = counter("files_stored_total", "Files stored")
files_stored_bytes_total = counter("files_stored_bytes_total", "Bytes of files stored")
mails_total = counter("mails_total", "Mails handed over, or not", ["outcome"])


@contextmanager
def sign_in_counted(way: str) -> Iterator[None]:
    """Counts a try to sign in as `opened`, or by the code of what it is refused with."""
    try:
        yield
    except Refusal as refusal:
        sign_ins_total.labels(way, refusal.code.rpartition(".")[2]).inc()
        raise
    sign_ins_total.labels(way, "opened").inc()
