"""What a role grants, from the words of the file: objects, operations, scopes, field groups and relations."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from saas.cli.onboarding.lines import Place
from saas.cli.onboarding.model import RoleEntry
from saas.engine.access.tables import ANY, Access, Relation, RowScope
from saas.engine.registry import OPERATIONS, ObjectType, objects
from saas.modules.organisation.rights import Grants, Limit, Right

Found = list[tuple[Place, str]]


def grants_in(role: RoleEntry, place: Place, wrong: Found) -> Grants | None:
    """What the role grants, or None where the file does not say; mistakes go to `wrong`."""
    if not role.given("grants") and not role.given("fields_"):
        return None
    rights = frozenset(_rights(role.grants or {}, (*place, "grants"), wrong))
    limits = frozenset(_limits(role.fields_ or {}, (*place, "fields"), rights, wrong))
    return Grants(rights, limits)


def _rights(grants: Mapping[str, Mapping[str, str]], place: Place, wrong: Found) -> Iterator[Right]:
    known = {one.name: one for one in objects()}
    for object_name, operations in grants.items():
        at = (*place, object_name)
        if object_name != ANY and object_name not in known:
            wrong.append((at, _unknown("object", object_name, [*known, ANY])))
            continue
        for operation, word in operations.items():
            operations_known = (*(known[object_name].operations if object_name in known else OPERATIONS), ANY)
            if operation not in operations_known:
                wrong.append(((*at, operation), _unknown("operation", operation, list(operations_known))))
            elif word not in list(RowScope):
                wrong.append(((*at, operation), _unknown("scope", word, list(RowScope))))
            elif not _reaches(known.get(object_name), RowScope(word)):
                wrong.append(((*at, operation), f"{word} would reach no {object_name}: it has no such place"))
            else:
                yield Right(object_name, operation, RowScope(word))


def _reaches(one: ObjectType | None, scope: RowScope) -> bool:
    """Whether the scope can reach any record: one's own are in every scope, else the record needs the scope's place."""
    if one is None or scope is RowScope.ALL:
        return True
    if one.parent:
        return _reaches(one.parent[1], scope)
    return not one.record.facts.own_places.keys().isdisjoint({"owner", scope.place})


def _limits(fields: object, place: Place, rights: frozenset[Right], wrong: Found) -> Iterator[Limit]:
    known = {one.name: one for one in objects()}
    readable = {right.object for right in rights if right.operation in ("read", ANY)}
    for object_name, groups in _entries(fields, place, wrong):
        at = (*place, object_name)
        if object_name not in known:
            wrong.append((at, _unknown("object", object_name, list(known))))
        elif not readable & {object_name, ANY}:
            wrong.append((at, f"the role may not read any {object_name}, so this means nothing"))
        else:
            for group, words in _entries(groups, at, wrong):
                if group not in known[object_name].groups:
                    wrong.append(((*at, group), _unknown("field group", group, sorted(known[object_name].groups))))
                    continue
                for relation, access in _accesses(words, (*at, group), wrong):
                    if access < Access.WRITE:
                        yield Limit(object_name, group, relation, access)


def _accesses(words: object, place: Place, wrong: Found) -> Iterator[tuple[Relation, Access]]:
    """The access of each relation: one word for all, or a word for each; `others` stands for those not named."""
    if isinstance(words, str):
        words = {Relation.OTHERS.value: words}
    named = dict(_entries(words, place, wrong))
    if Relation.OTHERS not in named:
        wrong.append((place, "others is missing: it also holds for the relations that are not named"))
    for relation, word in named.items():
        if relation not in list(Relation):
            wrong.append(((*place, relation), _unknown("relation", relation, list(Relation))))
        elif _access(word) is None:
            words_known = [access.name.lower() for access in Access]
            wrong.append(((*place, relation), _unknown("access", str(word), words_known)))
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


def _unknown(what: str, word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"there is no {what} {word!r} ({meant}there are {', '.join(known)})"
