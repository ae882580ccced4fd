"""The pages as text, by their path below docs/reference."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType

from saas.engine.areas import areas
from saas.engine.explained import CodeTold, Explained, FieldTold, ReactionTold, events_explained, explained
from saas.engine.registry import ObjectType, objects
from saas.schema.build import root_fields_of, schema
from scripts.reference_pages.examples import examples

NOTE = "Written by `scripts/reference` from the declarations; a test compares."


def pages() -> dict[str, str]:
    """Every page: its name and its text."""
    found = {f"{one.name}.md": _page(one) for one in objects()}
    found["README.md"] = _index()
    found["permissions.md"] = _permissions()
    found["problems.md"] = _problems()
    found["events.md"] = _events()
    return found


def _index() -> str:
    rows = [[f"[{one.name}]({one.name}.md)", one.record.facts.label.zh, _first(one.description)] for one in objects()]
    return _text(
        "# Reference",
        NOTE,
        "What each object is, its fields, rights, rules and API. [permissions.md](permissions.md) has the rights of all"
        " objects in one table, [problems.md](problems.md) the reasons why a write may be refused,"
        " [events.md](events.md) what can happen and who reacts; `docs/api.md` tells how to ask.",
        _table(["object", "中文", "what it is"], rows),
    )


def _page(one: ObjectType) -> str:
    told = explained(one)
    parts = [
        f"# {told.label} / {told.label_zh}",
        NOTE,
        told.description,
        f"Declared in `{told.where}`; `{told.code}` stands in its ids. {_whose(told)}",
        "## Fields",
        _fields(told.fields),
        *(["## Lines", _fields(told.lines)] if told.lines else []),
        *_choices([*told.fields, *told.lines]),
        *_listed("## Referred to by", [f"`{each}`" for each in told.referred_to_by]),
        *_listed("## Rights", [f"`{each}`" for each in told.permissions]),
        *_actions(told),
        *_listed("## Computed", _functions(told.computations)),
        *_listed("## Rules", _functions(told.rules)),
        *_listed(
            "## What follows",
            [f"on `{event}`{each}" for event, found in told.events.items() for each in _reactions(found)],
        ),
        *_api(one),
    ]
    return _text(*parts)


def _whose(told: Explained) -> str:
    words = {
        "owner": "its owner is",
        "department": "its department",
        "inherits": "it belongs to whom its parent does, by",
    }
    said = ", ".join(f"{words.get(name, name)} `{field}`" for name, field in told.scope.items())
    return f"For rights, {said}." if said else "It belongs to nobody: a right to it reaches all or none."


def _fields(fields: Iterable[FieldTold]) -> str:
    rows = [
        [f"`{each.name}`", f"{each.label} / {each.label_zh}", each.kind, each.group or "", "; ".join(each.facts)]
        for each in fields
    ]
    return _table(["field", "label", "holds", "group", "facts"], rows)


def _choices(fields: Iterable[FieldTold]) -> Iterator[str]:
    rows = [
        [f"`{field.name}`", f"`{each.name}`", f"{each.label} / {each.label_zh}"]
        for field in fields
        for each in field.choices
    ]
    if rows:
        yield "## Choices"
        yield _table(["field", "value", "label"], rows)


def _actions(told: Explained) -> Iterator[str]:
    rows = [
        [
            f"`{each.api}`",
            f"{each.label} / {each.label_zh}",
            each.what,
            ", ".join(f"`{name}`" for name in each.inputs),
            ", ".join(each.moves) or "any state",
            f"`{each.event}`",
        ]
        for each in told.actions
    ]
    if rows:
        yield "## Actions"
        yield _table(["mutation", "label", "what it does", "inputs", "moves", "event"], rows)


def _api(one: ObjectType) -> Iterator[str]:
    yield "## API"
    for kind, names in root_fields_of(one.name).items():
        yield f"{kind}: " + ", ".join(f"`{name}`" for name in names) + "."
    for title, document in examples(one).items():
        yield f"{title}:"
        yield f"```graphql\n{document}\n```"


def _permissions() -> str:
    rows = [
        [f"[{one.name}]({one.name}.md)", ", ".join(_operations(explained(one))), ", ".join(sorted(one.groups))]
        for one in objects()
    ]
    areas_told = [
        [f"`{one.name}`", one.label.zh, ", ".join(f"`{each}`" for each in one.operations), one.description]
        for one in areas()
    ]
    return _text(
        "# Rights",
        NOTE,
        "A right is `object.operation`; a role grants it as far as a scope reaches. Of a field group it may show less.",
        _table(["object", "operations", "field groups"], rows),
        "## Areas",
        "What is no object has rights too. They have no records, so their scope is `all`; `*.read` does not reach them,"
        " only their own name or `*.*` does.",
        _table(["area", "中文", "operations", "what it is"], areas_told),
    )


def _operations(told: Explained) -> Iterator[str]:
    return (f"`{key.partition('.')[2]}`" for key in told.permissions)


def _problems() -> str:
    codes, kinds = schema().type_map["ProblemCode"], schema().type_map["Problem"]
    values = codes.values if isinstance(codes, GraphQLEnumType) else {}
    known = schema().get_possible_types(kinds) if isinstance(kinds, GraphQLInterfaceType) else ()
    return _text(
        "# Problems",
        NOTE,
        "Why nothing was written: data in the payload of a mutation. `docs/api.md` has the errors of requests.",
        _table(["code", "meaning"], [[f"`{name}`", value.description or ""] for name, value in values.items()]),
        "## Types",
        _table(["type", "meaning", "fields of its own"], [_kind(each) for each in known]),
    )


def _kind(kind: GraphQLObjectType) -> list[str]:
    own = [f"`{name}`" for name in kind.fields if name not in ("code", "message", "path")]
    return [f"`{kind.name}`", kind.description or "", ", ".join(own)]


def _events() -> str:
    told = events_explained()
    rows = [[f"`{each.name}`", "<br>".join(_names(each.reactions))] for each in told if not each.facts]
    own = [
        [
            f"`{each.name}`",
            each.what,
            ", ".join(f"`{fact}`" for fact in each.facts),
            "<br>".join(_names(each.reactions)),
        ]
        for each in told
        if each.facts
    ]
    return _text(
        "# Events",
        NOTE,
        "What happens to records, and besides, with who reacts to it; [events](../events.md) tells how one does.",
        "## To records",
        _table(["event", "who reacts"], rows),
        "## Besides",
        _table(["event", "what", "facts", "who reacts"], own),
    )


def _names(reactions: Iterable[ReactionTold]) -> list[str]:
    return [f"`{each.name}`" + (f", later (queue {each.queue})" if each.kind else "") for each in reactions]


def _functions(functions: Iterable[CodeTold]) -> list[str]:
    return [f"{each.what} (`{each.name}`)" for each in functions]


def _reactions(reactions: Iterable[ReactionTold]) -> list[str]:
    """Those in the same transaction, and those that come later, by which job."""
    when = [f", later (queue {each.queue})" if each.kind else "" for each in reactions]
    return [f"{when}: {each.what} (`{each.name}`)" for when, each in zip(when, reactions, strict=True)]


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    return [title, "\n".join(f"- {line}" for line in lines)] if lines else []


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _first(text: str) -> str:
    return text.partition("\n")[0]


def _text(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def difference(known: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """The names of the pages that are missing, stale or of no object any more."""
    return sorted(name for name in known.keys() | wanted.keys() if known.get(name) != wanted.get(name))
