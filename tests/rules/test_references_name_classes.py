"""A reference by string is caught, one by class is not."""

from tests.rules.conftest import Findings

FILE = "saas/modules/sales/opportunity.py"


def test_a_string_is_refused(findings: Findings) -> None:
    text = 'customer_id = ref("Customer", "Customer", "客户")\nlines = relationship("Line")\n'
    assert findings("references-name-classes", {FILE: text}) == [
        f'{FILE}:1: ref("Customer") names an object by a string. Import the class and name it.',
        f'{FILE}:2: relationship("Line") names an object by a string. Import the class and name it.',
    ]


def test_a_class_passes(findings: Findings) -> None:
    assert findings("references-name-classes", {FILE: 'customer_id = ref(Customer, "Customer", "客户")\n'}) == []
