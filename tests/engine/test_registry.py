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
    assert _said(DECLARE.replace("{field}", field)) == told, case


def test_a_field_has_no_name_that_groups_need() -> None:
    field = 'count: Mapped[int | None] = field.integer("Count", "次数")'
    assert _said(DECLARE.replace("{field}", field)) == (
        "BadConfig __main__.Visit has a field 'count', a word that filters or groups need. Give it a longer name."
    )


def test_an_object_is_not_called_like_the_groups_of_another() -> None:
    program = DECLARE.replace("{field}", "").replace('Label("Visits"', 'Label("Customer groups"')
    assert _said(program) == (
        "BadConfig __main__.Visit would clash at the root field 'customerGroups'. Choose another label or plural."
    )


@pytest.mark.parametrize(
    ("field", "told"),
    [
        (
            'notes: Mapped[str | None] = field.long_text("Notes", "备注", search=True)',
            "BadConfig __main__.Visit searches in 'notes', which is no line of text. Leave out search=True.",
        ),
        (
            'mail: Mapped[str | None] = field.email("Mail", "邮箱", naming=Naming.PERSON)',
            "BadConfig __main__.Visit takes 'mail' for a name, which is no text. Leave out naming=….",
        ),
    ],
)
def test_only_texts_are_searched_and_only_names_are_names(field: str, told: str) -> None:
    program = DECLARE.replace("{field}", field).replace("import Label", "import Label, Naming")
    assert _said(program) == told


def _said(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr[-1000:]
    return done.stdout.strip()


@pytest.mark.parametrize(
    "field",
    [
        'phone: Mapped[str | None] = field.phone("Phone", "电话", group="contact", mask="blots")',
        'phone: Mapped[str | None] = field.phone("Phone", "电话", group="contact", mask="shown")',
        'phone: Mapped[str | None] = field.phone("Phone", "电话", mask="phone")',
        'size: Mapped[int | None] = field.integer("Size", "大小", group="contact", mask="tail")',
    ],
)
def test_a_mask_is_for_a_line_of_text_in_a_group(field: str) -> None:
    told = _said(DECLARE.replace("{field}", field))
    assert told.endswith("A mask (email, name, phone, stars, tail) is for a line of text in a field group.")
