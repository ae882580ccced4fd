"""The text of the first file of an object, and of its test."""

from string import Template

OBJECT = Template('''\
"""$what"""

from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Label
from saas.engine.record import Facts, Record
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee


class $class_name(Record):
    """$what"""

    __tablename__ = "$name"
    facts = Facts(
        code=$code,
        label=Label("$label", "$label_zh"),
        plural=Label("$plural", "$label_zh"),
        title="name",
        order=("name",),
        owner="owner_id",
        department="department_id",
        keys=("name",),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True)
    notes: Mapped[str | None] = field.long_text("Notes", "备注")
    owner_id: Mapped[UUID | None] = field.ref(Employee, "Owner", "负责人")
    department_id: Mapped[UUID | None] = field.ref(Department, "Department", "部门")
''')

TEST = Template('''\
"""$plural: whose they are, and who does not see them."""

from saas.modules.$module.$name import $class_name
from tests.world import World

CREATE = """
    mutation($$input: ${class_name}CreateInput!) {
      x: ${single}Create(input: $$input) { $single { name owner { name } } problems { code path } }
    }"""
LIST = "{ x: $list { nodes { name } } }"


def test_a_new_one_belongs_to_its_maker(world: World) -> None:
    made = world.garage.ada.ask(CREATE, input={"name": "First"})["x"]
    assert made == {"$single": {"name": "First", "owner": {"name": "ada"}}, "problems": []}


def test_one_without_a_name_is_refused(world: World) -> None:
    made = world.garage.ada.ask(CREATE, input={"name": " "})["x"]
    assert made == {"$single": None, "problems": [{"code": "REQUIRED", "path": ["name"]}]}


def test_who_has_no_right_sees_none(world: World) -> None:
    world.garage.make($class_name, name="Secret")
    (error,) = world.garage.nick.errors(LIST)
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert world.rival.rita.ask(LIST) == {"x": {"nodes": []}}
''')
