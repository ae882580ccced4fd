"""`access` of a record as JSON: what the viewer may do with it, and how much of it they see."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from saas.engine.access.fields import masked, readable, writable
from saas.engine.access.rows import Condition, Shape, reached
from saas.engine.field import Field, Kind
from saas.engine.plan.json_text import Form, Member, json_object
from saas.engine.plan.making import Making
from saas.engine.read.columns import allowed, leads_out_of_sight
from saas.engine.registry import ObjectType
from saas.engine.rowsource import Rows
from saas.engine.selection import Picked
from saas.kit.text import camel

Answer = Condition | bool


def access_object(making: Making, one: ObjectType, rows: Rows, picked: Sequence[Picked]) -> str:
    """An expression for the JSON of `access`, computed with the record."""
    asked = _Access(making, one, rows)
    members = {
        "canUpdate": lambda: _truth(making, asked.can_update),
        "canDelete": lambda: _truth(making, asked.reached("delete")),
        "allowedActions": lambda: _names(
            making, ((each.api, allowed(making, one, each, rows)) for each in one.actions.values())
        ),
        "hiddenFields": lambda: _names(making, ((camel(f.api), asked.hides(f)) for f in asked.fields)),
        "maskedFields": lambda: _names(making, ((camel(f.api), asked.masks(f)) for f in asked.fields)),
        "writableFields": lambda: _names(making, ((camel(f.api), asked.writes(f)) for f in asked.fields)),
    }
    return json_object(
        [
            Member(each.key, "'Access'", Form.PLAIN, is_there=True)
            if each.name == "__typename"
            else Member(each.key, members[each.name](), Form.JSON, is_there=True)
            for each in picked
        ]
    )


class _Access:
    """What holds for the fields of one record."""

    def __init__(self, making: Making, one: ObjectType, rows: Rows) -> None:
        self.making, self.one, self.rows = making, one, rows
        self.fields = (*one.shown, *one.links.values())
        self.can_update = self.reached("update")
        is_public = one.record.facts.public_title
        self.in_sight: Answer = self.reached("read") if is_public else True

    def reached(self, operation: str) -> Condition:
        return reached(self.making.profile, self.one, operation, self.rows, Shape.WIDE)

    def _reads(self, field: Field) -> Answer:
        return readable(self.making.profile, self.one, field, self.rows) if field.group else True

    def masks(self, field: Field) -> Answer:
        """Whether only the mask shows."""
        if not field.group:
            return False
        mask = masked(self.making.profile, self.one, field, self.rows)
        return _all(_not(self._reads(field)), mask, self.in_sight)

    def hides(self, field: Field) -> Answer:
        """Whether nothing shows, or what it leads to is out of sight."""
        hidden = _all(_not(self._reads(field)), _not(self.masks(field)))
        if field.kind is Kind.REFERENCE:
            hidden = _any(hidden, leads_out_of_sight(self.making, self.one, field.name, self.rows))
        if self.in_sight is True:
            return hidden
        is_title = field.name == self.one.record.facts.title
        return _any(_all(self.in_sight, hidden), False if is_title else _not(self.in_sight))

    def writes(self, field: Field) -> Answer:
        if not field.is_input(creating=False):
            return False
        may = writable(self.making.profile, self.one, field, self.rows, "update") if field.group else True
        return _all(self.can_update, may)


def _known(answer: Answer) -> Answer:
    """True and False as Python has them."""
    if isinstance(answer, sa.True_ | sa.False_):
        return isinstance(answer, sa.True_)
    return answer


def _not(answer: Answer) -> Answer:
    answer = _known(answer)
    return not answer if isinstance(answer, bool) else answer.is_not(sa.true())


def _all(*answers: Answer) -> Answer:
    known = [_known(each) for each in answers]
    if any(each is False for each in known):
        return False
    open_ = [each for each in known if not isinstance(each, bool)]
    return sa.and_(*open_) if open_ else True


def _any(*answers: Answer) -> Answer:
    known = [_known(each) for each in answers]
    if any(each is True for each in known):
        return True
    open_ = [each for each in known if not isinstance(each, bool)]
    return sa.or_(*open_) if open_ else False


def _truth(making: Making, answer: Answer) -> str:
    answer = _known(answer)
    if isinstance(answer, bool):
        return "'true'" if answer else "'false'"
    return f"CASE WHEN {making.of(answer)} THEN 'true' ELSE 'false' END"


def _names(making: Making, answers: Iterable[tuple[str, Answer]]) -> str:
    """A JSON array of the names whose answer is yes, in their order."""
    parts: list[str] = []
    is_fixed = True
    for name, given in answers:
        answer = _known(given)
        if isinstance(answer, bool):
            parts += [f"'\"{name}\"'"] if answer else []
        else:
            is_fixed = False
            parts.append(f"CASE WHEN {making.of(answer)} THEN '\"{name}\"' END")
    if is_fixed:
        return "'[" + ",".join(part[1:-1] for part in parts) + "]'"
    return f"concat('[', array_to_string(ARRAY[{', '.join(parts)}]::text[], ','), ']')"
