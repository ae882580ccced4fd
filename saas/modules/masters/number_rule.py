"""How the numbers of an object look in this company, instead of the pattern that Atrium brings."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session

from saas.engine import field
from saas.engine.customised import customisation_changed
from saas.engine.events import created, deleted, on, restored, updated
from saas.engine.field import Label
from saas.engine.number_pattern import Pattern, Resets, mistake
from saas.engine.numbering import patterns_from
from saas.engine.record import Facts, Record
from saas.engine.registry import objects
from saas.engine.rules import Broken, rule
from saas.engine.scope import Scope


class NumberRule(Record):
    """How the numbers of an object look. Of several active rules for an object the newest counts."""

    __tablename__ = "number_rule"
    facts = Facts(
        code=0x044,
        label=Label("Number rule", "编码规则"),
        plural=Label("Number rules", "编码规则"),
        title="name",
        order=("name",),
        keys=("name",),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True, unique=True)
    object: Mapped[str] = field.text(
        "Object",
        "业务对象",
        required=True,
        description="The name of the object whose records it numbers, such as customer.",
        examples=("customer", "opportunity", "product"),
    )
    pattern: Mapped[str] = field.text(
        "Pattern",
        "格式",
        required=True,
        description="Such as C-{year}-{seq:05}. Its parts are {seq} or {seq:05}, {year}, {yy}, {month} and {day}.",
        examples=("X-{year}{month}{day}-{seq:05}", "编{yy}-{month}/{day}#{seq}"),
    )
    resets: Mapped[Resets] = field.choice("Begins again", "重新计数", Resets, default=Resets.NEVER)
    is_active: Mapped[bool] = field.boolean("Active", "启用", default=True)


@rule(NumberRule)
def number_rule_names_a_numbered_object(wanted: NumberRule) -> None:
    """The object is one whose records are numbered."""
    numbered = [one.name for one in objects() if one.record.facts.number]
    if wanted.object not in numbered:
        raise Broken(f"Numbers are given to: {', '.join(numbered)}.", field="object")


@rule(NumberRule)
def number_rule_has_a_pattern(wanted: NumberRule) -> None:
    """The pattern makes a different number for each record."""
    if wrong := mistake(Pattern(wanted.pattern, wanted.resets)):
        raise Broken(wrong, field="pattern")


@patterns_from
def active_rules(session: Session) -> Mapping[str, Pattern]:
    """The patterns of this company, by object; the ids are in the order of time."""
    active = sa.select(NumberRule).where(NumberRule.is_active, NumberRule.deleted_at.is_(None)).order_by(NumberRule.id)
    return {each.object: Pattern(each.pattern, each.resets) for each in session.execute(active).scalars()}


@on(created(NumberRule), updated(NumberRule), deleted(NumberRule), restored(NumberRule))
def numbers_follow_their_rule(scope: Scope, _rules: Sequence[NumberRule]) -> None:
    """From now on numbers are made by the new rule."""
    customisation_changed(scope)
