"""Lines of the spool, added up."""

from datetime import date
from uuid import UUID

from fourfold.business.usage.rules import counted, of_months
from fourfold.ground.ids import new_id
from fourfold.ground.spool import visit_line
from fourfold.ground.who import Who

HOUR = 500_000


def test_lines_are_added_up() -> None:
    """B-41: by caller, route, status and hour; with the sum and the longest of the times."""
    tenant, account, key = new_id(), new_id(), new_id()
    who = Who(tenant, "demo", account_id=account, key_id=key)
    lines = visit_line(who, HOUR, "GET", "/v1/core/me", 200, 1500) + visit_line(
        who, HOUR, "GET", "/v1/core/me", 200, 2500
    )
    lines += visit_line(who, HOUR, "GET", "/v1/core/me", 429, 10)
    first, second = counted(lines)
    assert (first.requests, first.micros, first.slowest, first.status) == (2, 4000, 2500, 200)
    assert (first.tenant_id, first.account_id, first.key_id, first.version) == (tenant, account, key, "v1")
    assert (second.requests, second.status) == (1, 429)
    month = date(2027, 1, 1)
    assert of_months([first, second]) == {(month, UUID(int=0)): 2, (month, key): 2}


def test_what_is_no_line_is_left_out() -> None:
    """B-41: a line that a full disk has torn spoils no other."""
    good = visit_line(Who(new_id(), "demo"), HOUR, "GET", "/v1/core/me", 200, 1)
    assert len(counted(b"torn 12\n" + good + b"\xff\xfe 1\n \n9999999999999 a b c d e f 1\n")) == 1
