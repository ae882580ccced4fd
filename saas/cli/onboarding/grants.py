"""What a role grants, from the words of the file: objects, operations, scopes, field groups and relations."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from saas.cli.onboarding.lines import Place
from saas.cli.onboarding.model import OnlyForEntry, RoleEntry
from saas.engine.access.profile import ROWS
from saas.engine.access.tables import ANY, Access, Relation, RowScope
from saas.engine.areas import is_area
from saas.engine.permissions import operations_by_name
from saas.engine.registry import OPERATIONS, ObjectType, objects
from saas.modules.organisation.blueprint.wanted import OnlyFor
from saas.modules.organisation.grant_check import reaches_any, stages_of
from saas.modules.organisation.rights import Grants, Limit, Right
from saas.modules.starting_roles.templates import TEMPLATES, RoleTemplate, template_named

Found = list[tuple[Place, str]]
CLOSED, STAGES = "closedToParticipants", "stages"


def grants_in(
    entry: RoleEntry | OnlyForEntry, place: Place, wrong: Found, besides: frozenset[Right] | None = frozenset()
) -> Grants | None:
    """What is granted, or None where the file does not say; mistakes go to `wrong`.

    `besides` are rights that the role has anyway; None: the file does not say which.
    """
    if isinstance(entry, RoleEntry) and entry.template is not None:
        template = _template(entry, place, wrong)
        return template.grants if template else Grants()
    if not entry.given("grants") and not entry.given("fields_"):
        return None
    rights = frozenset(_rights(entry.grants or {}, (*place, "grants"), wrong))
    known = None if besides is None else rights | besides
    limits = frozenset(_limits(entry.fields_ or {}, (*place, "fields"), known, wrong))
    return Grants(rights, limits)


def _template(entry: RoleEntry, place: Place, wrong: Found) -> RoleTemplate | None:
    """What the role starts from; nothing beside it may say what it grants to everybody."""
    for key, name in (("grants", "grants"), ("fields_", "fields")):
        if entry.given(key):
            wrong.append(((*place, name), "there is a template already; write one of the two"))
    found = template_named(entry.template or "")
    if found is None:
        known = [each.key for each in TEMPLATES]
        wrong.append(((*place, "template"), unknown_word("template", entry.template or "", known)))
    return found


def only_for_in(role: RoleEntry, place: Place, for_all: Grants | None, wrong: Found) -> list[OnlyFor] | None:
    """What the role, which grants `for_all` to everybody, grants besides to some; likewise."""
    if not role.given("only_for"):
        return None
    found = []
    for number, each in enumerate(role.only_for or ()):
        at = (*place, "onlyFor", number)
        if each.position is None and each.business_line is None:
            wrong.append((at, "position or businessLine is missing: what counts for everybody stands above"))
        grants = grants_in(each, at, wrong, for_all.rights if for_all else None)
        if grants is None:
            wrong.append((at, "grants or fields is missing"))
        else:
            found.append(OnlyFor(each.position, each.business_line, grants))
    return found


def _rights(grants: Mapping[str, Mapping[str, str]], place: Place, wrong: Found) -> Iterator[Right]:
    known, can_be_done = {one.name: one for one in objects()}, operations_by_name()
    for object_name, operations in grants.items():
        at = (*place, object_name)
        if object_name != ANY and object_name not in can_be_done:
            wrong.append((at, unknown_word("object", object_name, [*can_be_done, ANY])))
            continue
        for operation, word in operations.items():
            operations_known = (*can_be_done.get(object_name, OPERATIONS), ANY)
            if operation not in operations_known:
                wrong.append(((*at, operation), unknown_word("operation", operation, list(operations_known))))
            elif word not in list(RowScope):
                wrong.append(((*at, operation), unknown_word("scope", word, list(RowScope))))
            elif is_area(object_name) and word != RowScope.ALL:
                wrong.append(((*at, operation), f"{object_name} has no records; write {RowScope.ALL}"))
            elif not reaches_any(known.get(object_name), RowScope(word)):
                wrong.append(((*at, operation), f"{word} would reach no {object_name}: it has no such place"))
            else:
                yield Right(object_name, operation, RowScope(word))


def _limits(fields: object, place: Place, rights: frozenset[Right] | None, wrong: Found) -> Iterator[Limit]:
    known = {one.name: one for one in objects()}
    readable = {ANY} if rights is None else {right.object for right in rights if right.operation in ("read", ANY)}
    for object_name, groups in _entries(fields, place, wrong):
        at = (*place, object_name)
        if object_name not in known:
            wrong.append((at, unknown_word("object", object_name, list(known))))
        elif not readable & {object_name, ANY}:
            wrong.append((at, f"the role may not read any {object_name}, so this means nothing"))
        else:
            for group, words in _entries(groups, at, wrong):
                if group == CLOSED:
                    yield from _closed(known[object_name], words, (*at, group), wrong)
                elif group not in known[object_name].groups:
                    wrong.append(((*at, group), unknown_word("field group", group, sorted(known[object_name].groups))))
                else:
                    yield from _of_group(known[object_name], group, words, (*at, group), wrong)


def _closed(one: ObjectType, words: object, place: Place, wrong: Found) -> Iterator[Limit]:
    """The states in which a participant does not see the record."""
    if not isinstance(words, list):
        wrong.append((place, "a list of states is needed here"))
        return
    for number, stage in enumerate(words):
        if _is_stage(one, stage, (*place, number), wrong):
            yield Limit(one.name, ROWS, Relation.PARTICIPANT, Access.HIDDEN, stage)


def _of_group(one: ObjectType, group: str, words: object, place: Place, wrong: Found) -> Iterator[Limit]:
    """What the words say of a field group, for all states and for those that are named."""
    stages: object = {}
    if isinstance(words, Mapping) and STAGES in words:
        stages = words[STAGES]
        words = {name: word for name, word in words.items() if name != STAGES} or Access.WRITE.name.lower()
    by_stage: list[tuple[str | None, object, Place]] = [(None, words, place)]
    for stage, each in _entries(stages, (*place, STAGES), wrong):
        if _is_stage(one, stage, (*place, STAGES, stage), wrong):
            by_stage.append((stage, each, (*place, STAGES, stage)))
    for at, each, where in by_stage:
        for relation, access in _accesses(each, where, wrong):
            if access < Access.WRITE:
                yield Limit(one.name, group, relation, access, at)


def _is_stage(one: ObjectType, word: object, place: Place, wrong: Found) -> bool:
    stages = stages_of(one)
    if word not in stages:
        wrong.append((place, unknown_word("state", str(word), stages) if stages else f"a {one.name} has no states"))
    return word in stages


def _accesses(words: object, place: Place, wrong: Found) -> Iterator[tuple[Relation, Access]]:
    """The access of each relation: one word for all, or a word for each; `others` stands for those not named."""
    if isinstance(words, str):
        words = {Relation.OTHERS.value: words}
    named = dict(_entries(words, place, wrong))
    if Relation.OTHERS not in named:
        wrong.append((place, "others is missing: it also holds for the relations that are not named"))
    for relation, word in named.items():
        if relation not in list(Relation):
            wrong.append(((*place, relation), unknown_word("relation", relation, list(Relation))))
        elif _access(word) is None:
            words_known = [access.name.lower() for access in Access]
            wrong.append(((*place, relation), unknown_word("access", str(word), words_known)))
    for each in Relation:
        access = _access(named.get(each, named.get(Relation.OTHERS)))
        if access is not None:
            yield each, access


def _access(word: object) -> Access | None:
    return next((access for access in Access if access.name.lower() == word), None)


def _entries(value: object, place: Place, wrong: Found) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from value.items()
    else:
        wrong.append((place, "keys with values are needed here"))


def unknown_word(what: str, word: str, known: list[str]) -> str:
    """That there is no such thing, and what there is."""
    close = get_close_matches(word, known, n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"there is no {what} {word!r} ({meant}there are {', '.join(known)})"
