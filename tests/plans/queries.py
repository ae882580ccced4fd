"""Random queries, valid against the real schema, out of random bytes.

A query is made in two steps. First what it asks, as a tree: each response key once in each place. Then how it is
written: what is asked is repeated under the same key, put into fragments, left out by directives. So whatever comes out
is valid, unless a slip was meant.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
    get_named_type,
    is_leaf_type,
)
from hypothesis import strategies as st

from saas.engine.registry import ObjectType, listed
from saas.schema.build import schema
from tests.plans.agreeing import JSON, RESPONSE_JSON, Question
from tests.plans.documents import Asked, Cursor, Defined, Fragment, Item, Selected, shape, sorted_out, text_of
from tests.plans.place import Place
from tests.plans.values import ABSENT, MAIN, SIGHTS, Names, Value, Variable, Writer, by_name, by_type, nullable
from tests.world import Person

ROOTS = ("list", "list", "list", "single", "groups", "node", "nodes", "search", "duplicates", "aside")
_WORDS = (
    *("bright", "远景", "bj", "科", "berlin", "138", "1234567", "CEO", "C-0000", "bright bikes", "东", "o'neil"),
    *("example", "x1", "bikes 10", "assembly", "emile", "安装", "hot", "sam", "100%"),
)
_WRONG_WORDS = ("", "x", " ", "a" * 101, "aa bb cc dd ee ff gg hh ii jj kk")
_WRONG_CURSORS = ("nonsense", "", "AAAA", "é")
_WRONG_SIZES = (-1, 501, 2_147_483_647)
_WRONG_JSON: tuple[Any, ...] = ({"x": 1}, 1.5, [[]], [None], "x", True, 2_147_483_648, {})
_ALIASES = ("a", "b", "_", "id", "name", "node", "nodes", "edges", "version", "record", "keys", "count", "owner")
_ASIDE = ("viewer", "viewer", "__typename", "__type", "__schema", "importRuns", "roleGrants", "employeeSpecials")
_SELDOM = ("recordShares", "recordParticipants", "whyVisible", "whoCanSee", "effectiveAccess")
_OF_ARGUMENT = {"roleGrants": "role", "employeeSpecials": "employee", "effectiveAccess": "employee"}
_LIKELY = (
    *("leaf", "plain", "plain", "plain", "leaf", "access"),
    *("reference", "many", "many", "connection", "connection"),
)
_OFTEN = ("formatted", "countryName", "lines")
_RECORDS = ("record", "node", "nodes", "edges")
_SEARCHED = ("customer", "contact", "opportunity", "employee", "product", "tag", "file")
_LEAVES = frozenset({"ID", "String", "Int", "Boolean", "Decimal", "Date", "DateTime", "Currency"})
_ROWS = ("Connection", "Edge", "GroupRow", "GroupKeys")


@dataclass
class _Query(Writer):
    """Writes one query.

    left    how many fields it may still have
    shapes  what each path of response keys is, for those that stand in fragments on several objects
    """

    left: int = 11
    shapes: dict[Names, str] = field(default_factory=dict)
    fragments: dict[str, Defined] = field(default_factory=dict)
    cursors: list[Cursor] = field(default_factory=list)
    inside_node: int = 0
    by: list[Value] = field(default_factory=list)

    # --- What is asked ---

    def select(self, kind: Any, depth: int, path: Names) -> list[Item]:
        """What is asked of something of this type, `depth` records deep at most."""
        if isinstance(kind, GraphQLInterfaceType):
            return self._of_node(depth, path)
        found: list[Item] = []
        taken: set[str] = set()
        most = 1 if self.left <= 0 else 2 if kind.name.endswith(_ROWS) else 3
        for _ in range(self.number(1, most)):
            one = self._field(kind, depth, path, taken)
            if one is not None:
                found.append(one)
        if not self.inside_node and self.chance(10):
            self._reuse(kind, found, taken)
        return self._scattered(found or [Selected("__typename", "__typename")], kind)

    def _field(self, kind: GraphQLObjectType, depth: int, path: Names, taken: set[str]) -> Selected | None:
        name = self._name(kind, depth)
        self.left -= 1
        if name == "__typename":
            return self._keyed(name, "", "String!", path, taken)
        return self.ask(name, kind.fields[name], depth, path, taken)

    def _name(self, kind: GraphQLObjectType, depth: int) -> str:
        if self.chance(6):
            return "__typename"
        if kind.name.endswith(_ROWS):
            likely = tuple(name for name in kind.fields if depth > 0 or name not in _RECORDS)
            return self.one_of((*likely, *(name for name in likely if name in _RECORDS))) if likely else "__typename"
        sorts = sorted_out(kind.name)
        likely = _LIKELY if depth > 0 else _LIKELY[:6]
        there = [sort for sort in likely if sort in sorts and (self.left > 0 or sort == "leaf")]
        if not there:
            return "__typename"
        names = sorts[self.one_of(there)]
        types = {name: str(get_named_type(kind.fields[name].type)) for name in names}
        wanted = sorted({*types.values()} - _LEAVES)
        if len(wanted) > 1:  # one address counts as much as ten choices
            chosen = self.one_of(wanted)
            names = tuple(name for name in names if types[name] == chosen)
        return self.one_of((*names, *(name for name in names if name in _OFTEN)))

    def ask(
        self, name: str, of: GraphQLField, depth: int, path: Names, taken: set[str], *, root: bool = False
    ) -> Selected | None:
        """A field with its arguments and selections; None where it is there already."""
        inner: Any = get_named_type(of.type)
        before = [*self.variables]
        written, pages = self._arguments(name, of, root=root)
        one = self._keyed(name, written, shape(of), path, taken)
        if one is None:  # what nobody uses is not declared
            self.variables = {each: self.variables[each] for each in before}
            return None
        if is_leaf_type(inner):
            return one
        here = (*path, one.key)
        deeper = inner.name in by_type() or isinstance(inner, GraphQLInterfaceType) or inner.name.endswith("GroupKeys")
        one.children = self.select(inner, depth - 1 if deeper else depth, here)
        if pages:
            ends: list[Item] = [Selected("endCursor", "endCursor"), Selected("startCursor", "startCursor")]
            one.children.append(Selected("_info", "pageInfo", children=ends))
            one.children.append(Selected("_edges", "edges", children=[Selected("cursor", "cursor")]))
            self.cursors += [Cursor(variable, here) for variable in pages]
        return one

    def _keyed(self, name: str, written: str, shape: str, path: Names, taken: set[str]) -> Selected | None:
        """The field under a key of its own, now and then one that is the name of something else."""
        key = name
        if self.chance(20):
            key = self.one_of(_ALIASES)
        elif name in taken and not written and self.chance(50):
            return None
        number = 0
        while key in taken or self.shapes.get((*path, key), shape) != shape:
            number += 1
            key = f"{name.strip('_')}{number}"
        taken.add(key)
        self.shapes[(*path, key)] = shape
        return Selected(key, name, written)

    def _of_node(self, depth: int, path: Names) -> list[Item]:
        """What is asked of any record, and of those of some objects."""
        found: list[Item] = []
        for name, kind_told in (("id", "ID!"), ("__typename", "String!")):
            self.shapes[(*path, name)] = kind_told
            if self.chance(50):
                found.append(Selected(name, name))
        names = {self.one_of(SIGHTS) for _ in range(self.number(0 if found else 1, 3))}
        self.inside_node += 1
        for name in sorted(names - {"opportunity_line"}):
            kind: Any = schema().type_map[by_name()[name].type_name]
            found.append(Fragment(kind.name, self.select(kind, depth, path)))
        self.inside_node -= 1
        return self._scattered(found or [Selected("id", "id")], schema().type_map["Node"])

    def _reuse(self, kind: GraphQLObjectType, found: list[Item], taken: set[str]) -> None:
        """Spread a fragment that stands elsewhere already."""
        there = [name for name, one in self.fragments.items() if one.on == kind.name and not one.keys & taken]
        if there:
            name = self.one_of(there)
            taken |= self.fragments[name].keys
            found.append(Fragment(kind.name, [], name, self._directive() if self.chance(20) else ""))

    # --- How it is written ---

    def _scattered(self, items: list[Item], kind: Any) -> list[Item]:
        """The same selections, some of them repeated, in fragments, or left out by a directive."""
        found = [*items, *(self._torn(one) for one in items if isinstance(one, Selected) and self.chance(6))]
        for one in found:
            if not one.directives and self.chance(5):
                one.directives = self._directive()
        for _ in range(max(0, self.number(0, 5) - 3)):
            start = self.number(0, len(found) - 1)
            end = self.number(start + 1, len(found))
            found[start:end] = [self._wrapped(found[start:end], kind)]
        return found

    def _torn(self, one: Selected) -> Selected:
        """A part of the field once more under the same key; the other part stays, and something is in both."""
        other = Selected(one.key, one.name, one.written, one.children)
        if len(one.children) > 1:
            cut = self.number(1, len(one.children) - 1)
            one.children, other.children = one.children[:cut], one.children[cut - 1 :]
        return other

    def _wrapped(self, items: list[Item], kind: Any) -> Fragment:
        directives = self._directive() if self.chance(12) else ""
        if self.chance(35):
            name = f"F{len(self.fragments) + 1}"
            self.fragments[name] = Defined(kind.name, text_of(items, 1), self._keys_of(items))
            return Fragment(kind.name, [], name, directives)
        on = self.one_of((None, kind.name))
        if on and on in by_type() and all(isinstance(one, Selected) and one.name == "id" for one in items):
            on = on if by_type()[on].document else "Node"
        return Fragment(on, items, "", directives)

    def _keys_of(self, items: Sequence[Item]) -> frozenset[str]:
        found: set[str] = set()
        for one in items:
            if isinstance(one, Selected):
                found.add(one.key)
            else:
                found |= self.fragments[one.name].keys if one.name else self._keys_of(one.children)
        return frozenset(found)

    def _directive(self) -> str:
        name = self.one_of((" @include", " @skip"))
        if self.chance(50):
            return f"{name}(if: {self.one_of(('true', 'false'))})"
        plain = self.one_of((False, True))
        kind = GraphQLNonNull(GraphQLBoolean)
        return f"{name}(if: {self.variable(Value(kind, plain, not plain), strict=True)})"

    # --- Arguments ---

    def _arguments(self, name: str, of: GraphQLField, *, root: bool) -> tuple[str, list[str]]:
        """The arguments of a field, in parentheses, if there are any; and the variables that want cursors of it."""
        found: dict[str, str] = {}
        for argument, facts in of.args.items():
            write = _ARGUMENTS.get(argument)
            told = write(self, facts.type, of, name, root) if write else None
            if told is not None:
                found[argument] = told
        pages = self._page(of, found, root=root) if "first" in of.args else []
        names = [*found]
        if len(names) > 1 and self.chance(15):
            names.reverse()
        return (f"({', '.join(f'{each}: {found[each]}' for each in names)})" if found else ""), pages

    def _page(self, of: GraphQLField, found: dict[str, str], *, root: bool) -> list[str]:
        """Which page; the variables that want cursors."""
        kind = of.args["first"].type
        strict = isinstance(kind, GraphQLNonNull)
        backwards = "last" in of.args and self.chance(25)
        size = self._any(kind, (2, 3, 1, 5, 0, 20) if root else (1, 2, 3, 0))
        if self.slip():
            size = self._any(kind, _WRONG_SIZES)
        if strict or backwards or not root or self.chance(70):
            found["last" if backwards else "first"] = self.written(size, strict=strict, percent=12 if root else 4)
        if backwards and self.slip():
            found["first"] = "1"
        pages: list[str] = []
        for name in ("after", "before"):
            if name not in of.args or get_named_type(of.args[name].type).name != "String":
                continue
            if self.slip() and self.chance(30):
                found[name] = json.dumps(self.one_of(_WRONG_CURSORS), ensure_ascii=False)
            elif self.chance((10 if "filter" in found else 30) if (name == "before") == backwards else 4):
                variable = f"{name}{len(self.variables) + 1}"
                nothing = self.one_of((ABSENT, ABSENT, None))
                self.variables[variable] = Variable("String", nothing, nothing)
                found[name] = f"${variable}"
                pages.append(variable)
        return pages

    def id_argument(self, kind: Any, of: GraphQLField, name: str, _root: bool) -> str:
        one = _object_of(of)
        known = one.name if one else _OF_ARGUMENT.get(name) or self.one_of(("customer", "opportunity", *SIGHTS))
        return self.written(self.id_of(kind, known), strict=True, percent=40)

    def person_argument(self, kind: Any, _of: GraphQLField, _name: str, _root: bool) -> str:
        return self.written(self.id_of(kind, "employee"), strict=True, percent=40)

    def ids_argument(self, kind: Any, _of: GraphQLField, _name: str, _root: bool) -> str:
        inner = nullable(kind).of_type
        many = [self.id_of(inner, self.one_of(SIGHTS)) for _ in range(self.number(0, 5))]
        return self.written(Value(kind, parts=many), strict=True, percent=40)

    def text_argument(self, kind: Any, _of: GraphQLField, _name: str, root: bool) -> str | None:
        strict = isinstance(kind, GraphQLNonNull)
        if not strict and not self.chance(15 if root else 5):
            return None
        words = _WRONG_WORDS if self.slip() else _WORDS
        return self.written(self._any(kind, words), strict=strict, percent=30)

    def objects_argument(self, kind: Any, _of: GraphQLField, _name: str, _root: bool) -> str | None:
        if not self.chance(50):
            return None
        names = ("nothing",) if self.slip() else _SEARCHED
        many = [self._any(nullable(kind).of_type, names) for _ in range(self.number(0, 3))]
        return self.written(Value(kind, parts=many), strict=False, percent=25)

    def filter_argument(self, kind: Any, _of: GraphQLField, _name: str, root: bool) -> str | None:
        if not self.chance(55 if root else 25):
            return None
        return self.written(self.filter(kind, 2 if root else 1), strict=False, percent=25)

    def order_argument(self, kind: Any, _of: GraphQLField, _name: str, root: bool) -> str | None:
        if not self.chance(45 if root else 25):
            return None
        inner = nullable(kind).of_type
        number = 6 if self.slip() else self.one_of((1, 1, 2, 0))
        if get_named_type(inner).name.endswith("GroupOrderBy"):
            terms = [self.group_term(nullable(inner), self.by) for _ in range(number)]
        else:
            terms = [self.key(inner) for _ in range(number)]
        return self.written(Value(kind, parts=terms), strict=False, percent=20)

    def trash_argument(self, kind: Any, _of: GraphQLField, _name: str, root: bool) -> str | None:
        return self.written(self.scalar(kind), strict=False, percent=25) if self.chance(12 if root else 5) else None

    def by_argument(self, kind: Any, _of: GraphQLField, _name: str, _root: bool) -> str:
        return self.written(Value(kind, parts=[*self.by]), strict=True, percent=15)

    def having_argument(self, kind: Any, _of: GraphQLField, _name: str, _root: bool) -> str | None:
        return self.written(self.having(kind), strict=False, percent=25) if self.chance(30) else None

    def max_argument(self, kind: Any, _of: GraphQLField, _name: str, _root: bool) -> str | None:
        if not self.chance(50):
            return None
        numbers = (-1, 100_001) if self.slip() else (1, 3, 0, 1000)
        return self.written(self._any(kind, numbers), strict=False, percent=20)

    # --- Roots ---

    def roots(self, focus: Sequence[str]) -> list[Item]:
        """What is asked of `Query`: first one of these."""
        found: list[Item] = []
        taken: set[str] = set()
        query = schema().query_type
        assert query is not None
        for number in range(self.one_of((1, 1, 1, 2, 3))):
            sort = self.one_of(focus if number == 0 or self.chance(70) else ROOTS)
            made = self._root(query, sort, taken)
            if made is not None:
                found.append(made)
        return self._scattered(found, query)

    def _root(self, query: GraphQLObjectType, sort: str, taken: set[str]) -> Selected | None:
        one = by_name()[self.one_of(MAIN)] if self.chance(75) else self.one_of(listed())
        if sort == "aside":
            return self._aside(query, taken)
        if sort == "groups":
            return self._groups(query, one, taken)
        if sort == "duplicates":
            name = self.one_of(("customerDuplicates", "contactDuplicates"))
        elif sort == "single" and one.document is None:
            name = one.single
        else:
            name = sort if sort in ("node", "nodes", "search") else one.plural
        return self.ask(name, query.fields[name], 3, (), taken, root=True)

    def _aside(self, query: GraphQLObjectType, taken: set[str]) -> Selected | None:
        """What is not compiled: who asks, the schema itself, rights."""
        name = self.one_of(_SELDOM) if self.chance(20) else self.one_of(_ASIDE)
        if name == "__typename":
            return self._keyed(name, "", "String!", (), taken)
        if name == "__schema":
            one = self._keyed(name, "", name, (), taken)
            inside = Selected("queryType", "queryType", children=[Selected("name", "name")])
        elif name == "__type":
            kinds = ("OpportunityStage", "Money", "CustomerFilter", "Nothing", "Count")
            named = self.written(self._any(GraphQLNonNull(GraphQLString), kinds), strict=True)
            one = self._keyed(name, f"(name: {named})", name, (), taken)
            inside = Selected("fields", "fields", children=[Selected("name", "name")])
        else:
            return self.ask(name, query.fields[name], 1, (), taken, root=True)
        if one is not None:
            one.children = [inside, Selected("__typename", "__typename")]
        return one

    def _groups(self, query: GraphQLObjectType, one: ObjectType, taken: set[str]) -> Selected | None:
        name = f"{one.single}Groups"
        of = query.fields[name]
        key_type = nullable(of.args["by"].type).of_type
        self.by = []
        for _ in range(self.one_of((1, 2, 2, 3))):
            key = self.key(key_type)
            if self.slip() or all(key.way != each.way for each in self.by):
                self.by.append(key)
        if self.slip():
            self.by = self.by * 3 if self.chance(50) else []
        found = self.ask(name, of, 1, (), taken, root=True)
        if found is not None and self.chance(85):
            rows: list[Item] = [Selected("keys", "keys", children=self._keys(one, self.by, (found.key, "_rows")))]
            if self.chance(50):
                rows.append(Selected("count", "count"))
            if self.chance(25):
                rows = [Selected("node", "node", children=rows)]
                found.children.append(Selected("_rows", "edges", children=rows))
            else:
                found.children.append(Selected("_rows", "nodes", children=rows))
        return found

    def _keys(self, one: ObjectType, keys: Sequence[Value], path: Names) -> list[Item]:
        """The keys as the groups are made by them."""
        tree: dict[str, Any] = {}
        for key in keys:
            here = tree
            for name in key.way[:-1]:
                here = here.setdefault(name, {})
            here.setdefault(key.way[-1], {})
        kind: Any = schema().type_map[f"{one.type_name}GroupKeys"]
        return self._key_selections(kind, tree, path) or [Selected("__typename", "__typename")]

    def _key_selections(self, kind: GraphQLObjectType, keys: Mapping[str, Any], path: Names) -> list[Item]:
        found: list[Item] = []
        for name, below in keys.items():
            inner: Any = get_named_type(kind.fields[name].type)
            if is_leaf_type(inner):
                found.append(Selected(name, name))
            else:
                wanted = [each for each in ("code", "label", "amount", "currency") if each in inner.fields]
                plain: list[Item] = [Selected(each, each) for each in wanted or ["__typename"]]
                children = self._key_selections(inner, below, (*path, name)) if below else plain
                found.append(Selected(name, name, children=children))
            if name == "id":
                record = self.select(get_named_type(kind.fields["record"].type), 1, (*path, "record"))
                found.append(Selected("record", "record", children=record))
        return found


_Argument = Callable[[_Query, Any, GraphQLField, str, bool], str | None]
_ARGUMENTS: dict[str, _Argument] = {
    "id": _Query.id_argument,
    "record": _Query.id_argument,
    "person": _Query.person_argument,
    "ids": _Query.ids_argument,
    "text": _Query.text_argument,
    "search": _Query.text_argument,
    "objects": _Query.objects_argument,
    "by": _Query.by_argument,
    "filter": _Query.filter_argument,
    "having": _Query.having_argument,
    "orderBy": _Query.order_argument,
    "trash": _Query.trash_argument,
    "max": _Query.max_argument,
}


def _object_of(of: GraphQLField) -> ObjectType | None:
    """The object whose records a field answers."""
    return by_type().get(get_named_type(of.type).name.removesuffix("Connection"))


# A byte for each decision: one draw, not hundreds, takes a tenth of the time, and Hypothesis, which makes examples of
# others draw by draw, does not repeat itself. Where the bytes run out, whatever is simplest is taken.
CHOICES = st.binary(min_size=150, max_size=1000)


def asked_by(
    choices: bytes, place: Place, focus: Sequence[str] = ROOTS, slips: int = 0
) -> tuple[Person, Asked, Person]:
    """Somebody, what they ask, and somebody else: a query for one of `focus` and perhaps for more.

    Something is wrong in `slips` of a hundred places.
    """
    query = _Query(iter(choices), place, slips)
    person, other = query.one_of(place.asking), query.one_of(place.asking)
    return person, _asked(query, focus), other


def _asked(query: _Query, focus: Sequence[str]) -> Asked:
    text = text_of(query.roots(focus), 1)
    declared = ", ".join(f"${name}: {each.declared}" for name, each in query.variables.items())
    more = "".join(f"\nfragment {name} on {one.on} {one.text}" for name, one in query.fragments.items())
    name = "Asked" if query.chance(20) else None
    alone = name is None or query.chance(80)
    head = f"query{f' {name}' if name else ''}{f'({declared})' if declared else ''} "
    document = f"{head}{text}{more}" if alone else f"{head}{text}{more}\nquery Another {{ __typename }}"
    if query.variables and query.slip():
        query.variables[query.one_of([*query.variables])].given = query.one_of(_WRONG_JSON)
    accept = RESPONSE_JSON if query.chance(30) else JSON
    first, again = (
        {name: given for name, each in query.variables.items() if (given := getattr(each, which)) is not ABSENT}
        for which in ("given", "again")
    )
    operation = None if alone else name
    return Asked(
        Question(document, first, operation, accept),
        Question(document, again, operation, accept) if again != first else None,
        tuple(query.cursors),
        query.number(0, 5),
    )
