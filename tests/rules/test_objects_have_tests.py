"""A business object without a test file is caught."""

from tests.rules.conftest import Findings

OBJECT = '"""An offer."""\nclass Quote(Record):\n    pass\n'


def test_an_object_without_a_test_file_is_refused(findings: Findings) -> None:
    assert findings("objects-have-tests", {"saas/modules/sales/quote.py": OBJECT}) == [
        "saas/modules/sales/quote.py:1: no test file. Write tests/modules/sales/test_quote.py."
    ]


def test_an_object_with_one_passes(findings: Findings) -> None:
    files = {"saas/modules/sales/quote.py": OBJECT, "tests/modules/sales/test_quote.py": ""}
    assert findings("objects-have-tests", files) == []


def test_a_file_without_an_object_needs_none(findings: Findings) -> None:
    assert findings("objects-have-tests", {"saas/modules/sales/discounts.py": "class Discount:\n    pass\n"}) == []
