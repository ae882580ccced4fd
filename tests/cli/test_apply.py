"""A tenant is what its file says: made, changed, left alone, and never half."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from saas.cli.onboarding.onboard import onboard
from saas.cli.onboarding.read import read_onboarding_text
from saas.kit.errors import Unauthenticated
from saas.tenants.beginning import begun
from saas.tenants.directory import tenant_by_slug, tenants
from saas.tenants.members import members
from saas.tenants.sign_in import identify, sign_in
from saas.tenants.tenant import Profile, Tenant, TenantState
from tests.cli.onboarding_place import SHOP, Operator, ask
from tests.tenants.place import with_settings


def shop(slug: str) -> str:
    """The file for a tenant of its own, so that tests do not meet."""
    return SHOP.replace("slug: shop", f"slug: {slug}").replace("@shop.", f"@{slug}.")


def does(data: dict[str, list[dict[str, str]]]) -> list[tuple[str, str, str]]:
    return [(step["do"], step["what"], step["code"]) for step in data["steps"] if step["do"] != "unchanged"]


def test_a_file_makes_tenant_organisation_roles_people_and_sign_ins(operator: Operator) -> None:
    data = operator.onboard(shop("made"))
    assert does(data) == [
        ("create", "tenant", "made"),
        *(("create", "department", code) for code in ("head", "sales")),
        *(("create", "role", code) for code in ("admin", "seller")),
        *(("create", "employee", code) for code in ("a1", "s1", "w1")),
        *(("create", "sign-in", code) for code in ("a1", "s1")),
    ]
    tenant = tenant_by_slug("made")
    assert (tenant.name, tenant.base_currency, tenant.time_zone, tenant.language) == (
        "Shop", "EUR", "Europe/Berlin", "en",
    )  # fmt: skip
    lines = operator.rows(
        "made",
        "SELECT e.name, d.name, s.name, r.name FROM {}.employee e JOIN {}.department d ON d.id = e.department_id"
        " LEFT JOIN {}.employee s ON s.id = e.superior_id LEFT JOIN {}.principal_role p ON p.principal_id = e.id"
        " LEFT JOIN {}.role r ON r.id = p.role_id ORDER BY e.name",
    )
    assert lines == [("Ada", "Head", None, "Admin"), ("Sam", "Sales", "Ada", "Seller"), ("Wim", "Sales", "Sam", None)]
    limits = operator.rows(
        "made",
        "SELECT object, field_group, relation, access FROM {}.role_field JOIN {}.role ON role.id = role_id"
        " WHERE role.code = 'seller' ORDER BY 1, 2, 3",
    )
    assert limits == [
        *(("customer", "finance", who, "hidden") for who in ("others", "participant", "same_department", "superior")),
        *(
            ("product", "cost", who, "hidden")
            for who in ("others", "owner", "participant", "same_department", "superior")
        ),
    ]
    assert sorted(members(tenant).values()) == ["ada@made.example", "sam@made.example"]


def test_the_same_file_twice_changes_nothing(operator: Operator) -> None:
    operator.onboard(shop("twice"))
    before = operator.traces("twice")
    data = operator.onboard(shop("twice"))
    assert (data["has_work"], data["passwords"], does(data)) == (False, [], [])
    said = operator.apply(shop("twice"), "--create")
    assert (said.code, said.out) == (0, "twice: nothing to do, 9 things are as the file says.\n")
    assert operator.traces("twice") == before


def test_a_password_in_the_file_works_and_one_that_is_made_is_told_once(operator: Operator) -> None:
    data = operator.onboard(shop("secret"))
    (made,) = data["passwords"]
    assert made["email"] == "sam@secret.example"
    for email, password in (("ada@secret.example", "first-secret"), (made["email"], made["password"])):
        assert identify(sign_in("secret", email, password).token).tenant.slug == "secret"
    assert operator.onboard(shop("secret"))["passwords"] == []
    assert "first-secret" not in operator.apply(shop("secret"), "--dry-run").out


def test_a_password_may_come_from_the_environment(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shop("variable").replace("password: first-secret", "passwordEnv: ADAS_PASSWORD")
    missing = operator.apply(text, "--create")
    assert missing.code == 2
    assert "line 13, people.0.passwordEnv: the variable ADAS_PASSWORD is not set" in missing.err
    monkeypatch.setenv("ADAS_PASSWORD", "from-the-environment")
    operator.onboard(text)
    token = sign_in("variable", "ada@variable.example", "from-the-environment").token
    assert identify(token).tenant.slug == "variable"


def test_another_password_in_the_file_replaces_the_old_one(operator: Operator) -> None:
    operator.onboard(shop("newpass"))
    data = operator.onboard(shop("newpass").replace("first-secret", "second-secret"))
    assert does(data) == [("update", "sign-in", "a1")]
    assert sign_in("newpass", "ada@newpass.example", "second-secret").token
    with pytest.raises(Unauthenticated):
        sign_in("newpass", "ada@newpass.example", "first-secret")


def test_only_what_differs_is_changed_and_the_plan_tells_it(operator: Operator) -> None:
    operator.onboard(shop("differ"))
    audits = len(operator.rows("differ", "SELECT 1 FROM {}.audit"))
    text = shop("differ").replace("name: Sales,", "name: Sales and service,").replace("jobTitle: Seller", "jobTitle:")
    text = text.replace("superior: s1", "superior: a1, roles: [seller]").replace("read: own,", "read: all,")
    data = operator.onboard(text)
    changes = {step["code"]: step["changes"] for step in data["steps"] if step["do"] == "update"}
    assert changes == {
        "sales": {"name": ["Sales", "Sales and service"]},
        "seller": {"grants": [["customer.read:own"], ["customer.read:all"]]},
        "s1": {"jobTitle": ["Seller", None]},
        "w1": {"superior": ["s1", "a1"], "roles": [[], ["seller"]]},
    }
    assert len(operator.rows("differ", "SELECT 1 FROM {}.audit")) == audits + 5


def test_what_the_file_does_not_name_is_left_alone(operator: Operator) -> None:
    operator.onboard(shop("partial"))
    text = """
tenant: {slug: partial, name: Shop}
people:
  - {code: n1, name: Nina, department: sales, superior: w1, roles: [seller]}
  - {code: s1, name: Sam}
"""
    data = operator.onboard(text)
    assert does(data) == [("create", "employee", "n1")]
    assert data["left_alone"] == {
        "department": ["head", "sales"],
        "role": ["admin", "seller"],
        "employee": ["a1", "w1"],
    }
    assert sorted(members(tenant_by_slug("partial")).values()) == ["ada@partial.example", "sam@partial.example"]
    said = operator.apply(text)
    assert "Not in the file and left alone: 2 roles (admin, seller)." in said.out


def test_a_dry_run_tells_the_same_and_changes_nothing(operator: Operator) -> None:
    data = operator.apply(shop("dry"), "--create", "--dry-run", "--json").data
    assert (data["dry_run"], data["id"], len(does(data))) == (True, None, 10)
    assert "dry" not in [tenant.slug for tenant in tenants()]
    operator.onboard(shop("dry"))
    before = operator.traces("dry")
    changed = shop("dry").replace("name: Sales,", "name: Service,")
    said = operator.apply(changed, "--dry-run")
    assert said.code == 0
    assert "update  department  sales  name: Sales → Service" in said.out
    assert "dry: a dry run, nothing was changed." in said.out
    assert operator.traces("dry") == before


def test_a_change_of_rights_acts_at_once(operator: Operator) -> None:
    text = shop("atonce")
    operator.onboard(text)
    token = operator.token("atonce", "sam@atonce.example")
    query = "{ departments { nodes { name } } }"
    assert ask(token, query)["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    operator.onboard(text.replace("product: {read: all}", "product: {read: all}, department: {read: all}"))
    assert ask(token, query)["data"] == {"departments": {"nodes": [{"name": "Head"}, {"name": "Sales"}]}}
    operator.onboard(text)
    assert ask(token, query)["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_sign_in_false_shuts_out_and_true_lets_in_again(operator: Operator) -> None:
    text = shop("out")
    operator.onboard(text)
    shut = text.replace("roles: [seller], ", "roles: [seller], signIn: false, ")
    assert does(operator.onboard(shut)) == [("update", "sign-in", "s1")]
    assert list(members(tenant_by_slug("out")).values()) == ["ada@out.example"]
    assert operator.saas("token", "out", "sam@out.example").code == 4
    assert operator.onboard(shut)["has_work"] is False
    again = operator.onboard(text)
    assert (does(again), again["passwords"]) == ([("create", "sign-in", "s1")], [])


def test_another_address_moves_the_sign_in(operator: Operator) -> None:
    operator.onboard(shop("moved"))
    data = operator.onboard(shop("moved").replace("sam@moved", "samuel@moved"))
    assert does(data) == [("update", "employee", "s1"), ("update", "sign-in", "s1")]
    assert sorted(members(tenant_by_slug("moved")).values()) == ["ada@moved.example", "samuel@moved.example"]


def test_somebody_of_another_tenant_keeps_their_password(operator: Operator) -> None:
    operator.onboard(shop("origin"))
    theirs = shop("second").replace("ada@second", "ada@origin")
    refused = operator.apply(theirs.replace("first-secret", "another-one"), "--create")
    assert refused.code == 5
    assert "line 13, people.0.password: ada@origin.example signs in to other tenants" in refused.err
    assert "second" not in [tenant.slug for tenant in tenants()]
    operator.onboard(theirs.replace(", password: first-secret", ""))
    assert identify(sign_in("second", "ada@origin.example", "first-secret").token).tenant.slug == "second"


def test_things_without_a_code_are_recognised_by_name_or_address(operator: Operator) -> None:
    operator.onboard(shop("adopt"))
    for table in ("department", "employee", "role"):
        operator.rows("adopt", f"UPDATE {{}}.{table} SET code = NULL, code_folded = NULL")
    data = operator.onboard(shop("adopt").replace("w1, name: Wim", "w2, name: Wim"))
    assert does(data) == [
        *(("update", "department", code) for code in ("head", "sales")),
        *(("update", "role", code) for code in ("admin", "seller")),
        *(("update", "employee", code) for code in ("a1", "s1")),
        ("create", "employee", "w2"),  # without an address nobody can tell that it is the same Wim
    ]


def test_all_mistakes_are_told_at_once(operator: Operator) -> None:
    text = shop("many").replace("{read: own,", "{raed: own,").replace("password: first-secret", "password: short")
    said = operator.apply(text, "--create", "--json")
    error = json.loads(said.err)["error"]
    assert error["code"] == "BAD_CONFIG"
    assert [place in error["message"] for place in ("roles.1.grants.customer.raed", "people.0.password")] == [
        True,
        True,
    ]


def test_a_file_that_cannot_be_read_is_told(operator: Operator) -> None:
    said = operator.saas("tenant", "apply", str(operator.folder / "absent.yaml"))
    assert (said.code, "absent.yaml cannot be read: No such file" in said.err) == (2, True)
    (operator.folder / "latin.yaml").write_bytes(b"tenant:\n  name: M\xfcller\n")
    said = operator.saas("tenant", "apply", str(operator.folder / "latin.yaml"))
    assert (said.code, "latin.yaml, line 2: this is not UTF-8" in said.err) == (2, True)


def test_an_unknown_tenant_is_made_only_with_create(operator: Operator) -> None:
    said = operator.apply(shop("unmade"))
    assert (said.code, said.err) == (4, "saas: There is no tenant 'unmade'. With --create it is made.\n")


def test_a_taken_slug_is_refused_and_the_one_who_has_it_stays(operator: Operator) -> None:
    operator.onboard(shop("taken"))
    before = operator.traces("taken")
    said = operator.apply(shop("taken").replace("name: Shop,", "name: Another,"), "--create")
    assert said.code == 5
    assert "line 2, tenant.slug: the slug 'taken' is taken: name is 'Shop', not 'Another'" in said.err
    assert operator.traces("taken") == before


def test_what_the_engine_refuses_is_told_with_its_line_and_nothing_is_written(operator: Operator) -> None:
    operator.onboard(shop("refused"))
    before = operator.traces("refused")
    text = """
tenant: {slug: refused, name: Shop}
departments:
  - {code: fresh, name: Fresh}
  - {code: head, name: Head, parent: sales}
"""
    said = operator.apply(text)
    assert (said.code, "line 5, departments.1.parent: Parent department: this would make a circle" in said.err) == (
        2,
        True,
    )
    same = "tenant: {slug: refused, name: Shop}\ndepartments:\n  - {code: other, name: SALES}"
    said = operator.apply(same)
    assert (said.code, "line 3, departments.0.name: Another department has this name" in said.err) == (2, True)
    taken = "tenant: {slug: refused, name: Shop}\npeople:\n  - {code: x9, name: X, email: sam@refused.example}"
    said = operator.apply(taken)
    assert (said.code, "line 3, people.0.email: sam@refused.example signs in here as somebody" in said.err) == (5, True)
    assert operator.traces("refused") == before


def test_a_suspended_tenant_is_refused(operator: Operator) -> None:
    operator.onboard(shop("asleep"))
    assert operator.saas("tenant", "suspend", "asleep").code == 0
    said = operator.apply(shop("asleep"))
    assert (said.code, "The tenant asleep is suspended." in said.err) == (6, True)


def test_a_tenant_that_was_only_begun_is_finished(operator: Operator) -> None:
    begun("begun", Profile("Shop", "EUR", "Europe/Berlin", "en"), None)
    assert tenant_by_slug("begun").state is TenantState.CREATING
    operator.onboard(shop("begun"))
    assert tenant_by_slug("begun").state is TenantState.ACTIVE
    assert operator.onboard(shop("begun"))["has_work"] is False


def test_two_at_once_make_it_once(operator: Operator) -> None:
    file = read_onboarding_text("org.yaml", shop("atatime"))

    def once(_number: int) -> object:
        return onboard(file, create=True, dry_run=False, shown=lambda _plan: None, told=lambda *_: None)

    with ThreadPoolExecutor(2) as both:
        made = list(both.map(once, range(2)))
    assert [tenant.slug for tenant in made if isinstance(tenant, Tenant)] == ["atatime"] * 2
    assert operator.rows("atatime", "SELECT count(*) FROM {}.employee") == [(3,)]
    assert len(members(tenant_by_slug("atatime"))) == 2


def test_without_postgres_it_is_told_and_can_be_repeated(operator: Operator) -> None:
    with with_settings(SAAS_DIRECTORY_DSN="postgresql://127.0.0.1:1/none"):
        said = operator.apply(shop("later"), "--create")
    assert (said.code, said.out, "127.0.0.1:1" in said.err) == (6, "", True)
    assert operator.onboard(shop("later"))["has_work"] is True


def test_the_script_onboards_from_any_folder(operator: Operator) -> None:
    script = Path(__file__).parents[2] / "scripts" / "onboard"
    command = [str(script), operator.file(shop("script")), "--json"]
    ran = subprocess.run(command, cwd=operator.folder, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(does(json.loads(ran.stdout))) == 10
    assert tenant_by_slug("script").state is TenantState.ACTIVE


def test_one_that_was_killed_is_completed_by_the_next(operator: Operator) -> None:
    file = operator.file(shop("killed"))
    command = [sys.executable, "-m", "saas", "tenant", "apply", file, "--create"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        deadline = time.monotonic() + 60
        while "killed" not in [tenant.slug for tenant in tenants()]:
            assert time.monotonic() < deadline, "the tenant was never begun"
        os.kill(running.pid, signal.SIGKILL)
    operator.onboard(shop("killed"))
    assert len(members(tenant_by_slug("killed"))) == 2
    assert operator.rows("killed", "SELECT count(*) FROM {}.employee") == [(3,)]
    assert operator.onboard(shop("killed"))["has_work"] is False


def test_a_password_that_was_made_is_told_before_anything_else_can_fail(operator: Operator) -> None:
    operator.onboard(shop("half"))
    file = read_onboarding_text("org.yaml", shop("half").replace("sam@half", "new@half"))
    told: list[tuple[str, str]] = []

    def tell(email: str, password: str) -> None:
        told.append((email, password))
        raise Interrupted

    with pytest.raises(Interrupted):
        onboard(file, create=True, dry_run=False, shown=lambda _plan: None, told=tell)
    ((email, password),) = told
    assert identify(sign_in("half", email, password).token).tenant.slug == "half"
    assert operator.onboard(shop("half").replace("sam@half", "new@half"))["has_work"] is False


class Interrupted(Exception):
    """Whatever may happen between two sign-ins."""
