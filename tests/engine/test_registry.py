"""A mistake in a declaration stops the program at its start, with the place and the remedy."""

import subprocess
import sys

import pytest

DECLARE = """
import saas.modules
from sqlalchemy.orm import Mapped
from uuid import UUID
from saas.engine import field
from saas.engine.field import Label
from saas.engine.record import Facts, Record
from saas.engine.registry import objects
from saas.modules.customers.customer import Customer

class Visit(Record):
    "A visit."

    __tablename__ = "visit"
    facts = Facts(code=0x6F0, label=Label("Visit", "拜访"), plural=Label("Visits", "拜访"), title="name",
                  order=("name",))
    name: Mapped[str] = field.text("Name", "名称", required=True)
    {field}

try:
    objects()
except Exception as error:
    print(type(error).__name__, error)
"""
ONE = 'customer_id: Mapped[UUID | None] = field.ref(Customer, "Customer", "客户"{})'
TWO = ONE.format(', reverse="visits"') + '\n    host_id: Mapped[UUID | None] = field.ref(Customer, "Host", "主人")'


@pytest.mark.parametrize(
    ("case", "field", "told"),
    [
        (
            "two of one name",
            TWO,
            "BadConfig __main__.Visit gives Customer the list of visits by 'host_id' as 'visits', which is "
            "the list of visits by 'customer_id'. Name it in host_id: field.ref(…, reverse=\"…\").",
        ),
        (
            "the name of a field",
            ONE.format(', reverse="credit_limit"'),
            "BadConfig __main__.Visit gives Customer the list of visits by 'customer_id' as 'creditLimit', which is "
            'Customer.creditLimit. Name it in customer_id: field.ref(…, reverse="…").',
        ),
    ],
)
def test_lists_below_a_record_have_names_of_their_own(case: str, field: str, told: str) -> None:
    program = DECLARE.replace("{field}", field)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.strip() == told, (case, done.stderr[-1000:])
