"""What this company has done about records that may be the same, instead of a warning."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session

from saas.engine import field
from saas.engine.customised import customisation_changed
from saas.engine.duplicate_rules import DuplicateReaction, reactions_from
from saas.engine.events import created, deleted, on, restored, updated
from saas.engine.field import DuplicateKind, Label
from saas.engine.record import Facts, Record
from saas.engine.registry import objects
from saas.engine.rules import Broken, rule
from saas.engine.scope import Scope


class DuplicateRule(Record):
    """What is done where two records have the same name, phone, … Of several rules for the same the newest counts."""

    __tablename__ = "duplicate_rule"
    facts = Facts(
        code=0x050,
        label=Label("Duplicate rule", "查重规则"),
        plural=Label("Duplicate rules", "查重规则"),
        title="name",
        order=("name",),
        keys=("name",),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True, unique=True)
    object: Mapped[str] = field.text(
        "Object",
        "业务对象",
        required=True,
        fixed=True,
        description="The name of the object whose records are compared, such as customer.",
        examples=("customer",),
    )
    kind: Mapped[DuplicateKind] = field.choice(
        "Told by", "查重依据", DuplicateKind, default=DuplicateKind.NAME, fixed=True
    )
    reaction: Mapped[DuplicateReaction] = field.choice(
        "Reaction",
        "处理方式",
        DuplicateReaction,
        default=DuplicateReaction.WARN,
        description="What becomes of who writes the same. What is there already stays.",
    )


@rule(DuplicateRule)
def duplicate_rule_names_what_is_compared(wanted: DuplicateRule) -> None:
    """The object has a field that tells duplicates in this way."""
    told = {one.name: {each.duplicate for each in one.fields.values() if each.duplicate} for one in objects()}
    if wanted.kind not in told.get(wanted.object, set()):
        known = [f"{name} by {', '.join(sorted(kinds))}" for name, kinds in told.items() if kinds]
        raise Broken(f"Compared are: {'; '.join(known)}.", field="object")


@reactions_from
def reactions(session: Session) -> Mapping[tuple[str, DuplicateKind], DuplicateReaction]:
    """The reactions of this company; the ids are in the order of time."""
    living = sa.select(DuplicateRule).where(DuplicateRule.deleted_at.is_(None)).order_by(DuplicateRule.id)
    return {(each.object, each.kind): each.reaction for each in session.execute(living).scalars()}


@on(created(DuplicateRule), updated(DuplicateRule), deleted(DuplicateRule), restored(DuplicateRule))
def duplicates_follow_their_rule(scope: Scope, _rules: Sequence[DuplicateRule]) -> None:
    """From now on the new rule counts."""
    customisation_changed(scope)
