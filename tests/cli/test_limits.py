"""How much a company may keep is set by its file, and `saas tenant show` tells how much it keeps."""

import json

from saas.engine.files.quota import GIB, Limits, own_limits, take
from saas.engine.scope import open_scope
from saas.tenants.directory import tenant_by_slug
from tests.cli.onboarding_place import Operator
from tests.cli.test_apply import does, shop

LIMITED = "limits: {fileBytes: 5000, files: 20}\n"


def limits(slug: str) -> Limits:
    with open_scope(tenant_by_slug(slug), None, write=False) as scope:
        return own_limits(scope)


def test_a_file_sets_the_limits_and_null_takes_them_back(operator: Operator) -> None:
    text = shop("limited")
    data = operator.onboard(text + LIMITED)
    (step,) = (each for each in data["steps"] if each["what"] == "limits")
    changes = {"fileBytes": [None, "5,000"], "files": [None, "20"]}
    assert step == {"do": "update", "what": "limits", "code": "limited", "changes": changes}
    assert limits("limited") == Limits(5000, 20)
    before = operator.traces("limited")
    assert does(operator.onboard(text + LIMITED)) == does(operator.onboard(text)) == []
    assert operator.traces("limited") == before
    assert operator.apply(text + "limits: {files: null}\n", "--dry-run").code == 0
    assert limits("limited") == Limits(5000, 20)
    assert does(operator.onboard(text + "limits: {files: null}\n")) == [("update", "limits", "limited")]
    assert limits("limited") == Limits(5000, None)


def test_what_is_no_limit_is_told_with_its_line(operator: Operator) -> None:
    said = operator.apply(shop("unlimited") + "limits: {fileBytes: -1, megabytes: 3}\n", "--create")
    assert said.code == 2
    assert "limits.fileBytes: Input should be a valid integer" in said.err
    assert "limits.megabytes: is no key; there are fileBytes, files" in said.err


def test_show_tells_what_files_take(operator: Operator) -> None:
    operator.onboard(shop("shown") + "limits: {files: 7}\n")
    with open_scope(tenant_by_slug("shown"), None, write=True) as scope:
        assert take(scope, 1234) is None
    told = operator.saas("tenant", "show", "shown", "--json").data
    assert told["slug"] == "shown"
    assert told["files"] == {"bytes": 1234, "files": 1, "most_bytes": 50 * GIB, "most_files": 7}
    said = operator.saas("tenant", "show", "shown")
    assert f"files           1 of 7, 1,234 bytes of {50 * GIB:,}" in said.out.splitlines()
    assert operator.saas("tenant", "suspend", "shown").code == 0
    told = json.loads(operator.saas("tenant", "show", "shown", "--json").out)
    assert (told["state"], told["files"]) == ("suspended", None)
