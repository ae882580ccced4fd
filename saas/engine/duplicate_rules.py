"""What a company has done about records that may be the same: by object, and by what tells it."""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from saas.engine.customised import Customised
from saas.engine.field import Choices, DuplicateKind
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope


class DuplicateReaction(Choices):
    """What is done about a record that may be the same as another one."""

    OFF = "off", "Nothing", "不检查"
    WARN = "warn", "Warn", "提醒"
    REFUSE = "refuse", "Refuse", "拒绝"


Rules = Mapping[tuple[str, DuplicateKind], DuplicateReaction]
Source = Callable[[Session], Rules]
_sources: list[Source] = []


def reactions_from(source: Source) -> Source:
    """Declare where the tenant's own reactions are read."""
    _sources.append(source)
    return source


def _read(session: Session) -> Rules:
    return {what: reaction for source in _sources for what, reaction in source(session).items()}


_rules = Customised(_read)


def kinds_with(scope: Scope, one: ObjectType, *reactions: DuplicateReaction) -> set[DuplicateKind]:
    """By what the object tells duplicates to which this tenant reacts so: with a warning, where nothing is said."""
    kinds = {field.duplicate for field in one.fields.values() if field.duplicate}
    rules = _rules.of(scope) if kinds else {}
    return {kind for kind in kinds if rules.get((one.name, kind), DuplicateReaction.WARN) in reactions}
