"""Choices that a company looks after itself: dictionaries and their entries."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.dictionary import kept_in, uses
from saas.engine.events import deleted, on
from saas.engine.field import Label
from saas.engine.record import Facts, Record
from saas.engine.rules import Broken
from saas.engine.scope import Scope


class Dictionary(Record):
    """A list of choices for a field, such as where customers come from."""

    __tablename__ = "dictionary"
    facts = Facts(
        code=0x042,
        label=Label("Dictionary", "字典"),
        plural=Label("Dictionaries", "字典"),
        title="name",
        order=("code",),
        keys=("code",),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True)
    code: Mapped[str] = field.text("Code", "编码", required=True, unique=True, fixed=True)
    is_system: Mapped[bool] = field.boolean(
        "Standard", "系统字典", system=True, description="Fields are chosen from it, so it stays."
    )


class DictionaryEntry(Record):
    """One choice of a dictionary; records keep its code, people read its label."""

    __tablename__ = "dictionary_entry"
    facts = Facts(
        code=0x043,
        label=Label("Dictionary entry", "字典项"),
        plural=Label("Dictionary entries", "字典项"),
        title="label",
        order=("rank", "code"),
        keys=("code",),
        unique_together=(("dictionary_id", "code"),),
    )

    dictionary_id: Mapped[UUID] = field.ref(Dictionary, "Dictionary", "字典", required=True, fixed=True)
    code: Mapped[str] = field.text("Code", "编码", required=True, fixed=True)
    label: Mapped[str] = field.text("Label", "名称", required=True)
    label_zh: Mapped[str | None] = field.text("Chinese label", "中文名称")
    rank: Mapped[int | None] = field.integer("Rank", "排序", description="Small ones come first in lists.")
    is_active: Mapped[bool] = field.boolean(
        "Active", "启用", default=True, description="Otherwise it stays where it is, but cannot be chosen."
    )


kept_in(Dictionary, DictionaryEntry)


@on(deleted(Dictionary))
def dictionary_of_a_field_stays(_scope: Scope, dictionaries: Sequence[Dictionary]) -> None:
    """A field that is chosen from it would have nothing to choose from."""
    for each in dictionaries:
        if each.is_system:
            raise Broken(f"Fields are chosen from the dictionary {each.code}, so it stays.")


@on(deleted(DictionaryEntry))
def dictionary_entry_in_use_stays(scope: Scope, entries: Sequence[DictionaryEntry]) -> None:
    """What records are labelled with cannot be deleted; deactivated it stays where it is."""
    used = uses(scope.session, [each.id for each in entries])
    for each in entries:
        if each.id in used:
            number = used[each.id]
            who = "1 record has" if number == 1 else f"{number} records have"
            raise Broken(f"{who} the choice {each.label}. Deactivate it: it stays where it is.", field="is_active")
