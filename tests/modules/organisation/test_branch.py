"""Branch offices through the front door: a tree, to which departments and people belong."""

from saas.modules.organisation.branch import Branch
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from tests.world import World

CREATE = """
mutation($input: BranchCreateInput!) {
  x: branchCreate(input: $input) {
    branch { id name code parent { name } phone address { city street } }
    problems { code path }
  }
}"""
DELETE = "mutation($id: ID!) { x: branchDelete(id: $id) { id problems { code message } } }"


def test_a_branch_has_a_place_in_the_tree_and_an_address(world: World) -> None:
    parent = str(world.garage.make(Branch, name="Group"))
    values = {
        "name": "Shanghai",
        "code": "SH",
        "parentId": parent,
        "phone": "+86 21 5555 0100",
        "address": {"country": "CN", "city": "上海", "street": "南京路 1"},
    }
    made = world.garage.ada.ask(CREATE, input=values)["x"]
    assert made["problems"] == []
    id_ = made["branch"].pop("id")
    assert made["branch"] == {
        "name": "Shanghai",
        "code": "SH",
        "parent": {"name": "Group"},
        "phone": "+86 21 5555 0100",
        "address": {"city": "上海", "street": "南京路 1"},
    }
    circle = "mutation($id: ID!, $p: ID!) { x: branchUpdate(id: $id, input: { parentId: $p }) { problems { code } } }"
    assert world.garage.ada.ask(circle, id=parent, p=id_)["x"] == {"problems": [{"code": "CIRCLE"}]}
    below = "query($id: ID!) { branches(filter: { parent: { under: $id } }) { nodes { name } } }"
    assert world.garage.ada.ask(below, id=parent)["branches"]["nodes"] == [{"name": "Shanghai"}]
    assert world.rival.rita.ask("{ branches { nodes { name } } }") == {"branches": {"nodes": []}}


def test_what_belongs_to_a_branch_is_listed_below_it(world: World) -> None:
    branch = world.garage.make(Branch)
    world.garage.make(Department, name="Branch sales", branch_id=branch)
    world.garage.make(Employee, name="bea", branch_id=branch)
    query = "query($id: ID!) { branch(id: $id) { departments { nodes { name } } employees { nodes { name } } } }"
    assert world.garage.ada.ask(query, id=str(branch))["branch"] == {
        "departments": {"nodes": [{"name": "Branch sales"}]},
        "employees": {"nodes": [{"name": "bea"}]},
    }
    refused = world.garage.ada.ask(DELETE, id=str(branch))["x"]
    assert (refused["id"], {each["code"] for each in refused["problems"]}) == (None, {"REFERENCED"})


def test_who_has_no_right_sees_none(world: World) -> None:
    (error,) = world.garage.sam.errors("{ branches { nodes { name } } }")
    assert error["extensions"]["code"] == "FORBIDDEN"
