"""Values as an audit row tells them: what JSON is made of them is what `plain` makes of them, which reads them back."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest

from saas.engine.audit import plain
from saas.modules.customers.customer import CustomerKind


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        "客户",
        CustomerKind.COMPANY,
        UUID("01a2258a-e3c0-8701-a8e4-680790574000"),
        Decimal("1200.5000"),
        Decimal("1E+3"),
        date(99, 1, 2),
        datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=UTC),
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=ZoneInfo("Asia/Shanghai")),
        [UUID("01a2258a-e3c0-8701-a8e4-680790574000"), None],
        {"amount": Decimal("1.50")},
    ],
)
def test_the_writer_of_json_tells_values_as_plain_does(value: Any) -> None:
    assert orjson.loads(orjson.dumps(value, default=str)) == plain(value)
