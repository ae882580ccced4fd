"""YAML read with the line of every value, so that a mistake is told with its place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from saas.kit.errors import BadConfig

Place = tuple[str | int, ...]
MAX_BYTES = 5_000_000
_MAX_VALUES = 200_000
_MAX_DEPTH = 20
_SHOWN = 20


@dataclass(slots=True)
class Yaml:
    """The values of a file, and the line of each by its place: ("people", 3, "email") → 41."""

    name: str
    data: object = None
    lines: dict[Place, int] = field(default_factory=dict)

    def known(self, place: Place) -> Place:
        """The longest beginning of `place` that the file has."""
        while place not in self.lines:
            place = place[:-1]
        return place

    def at(self, place: Place, message: str) -> str:
        """The message with its place: `line 41, people.3.email: is no text`."""
        spelled = ".".join(map(str, place))
        return f"line {self.lines[self.known(place)]}{', ' * bool(spelled)}{spelled}: {message.removesuffix('.')}"

    def refuse(self, found: Sequence[tuple[Place, str]]) -> BadConfig:
        """All mistakes in one error, in the order of the file."""
        ordered = sorted(dict.fromkeys(found), key=lambda each: self.lines[self.known(each[0])])
        told = "; ".join(self.at(*each) for each in ordered[:_SHOWN])
        if len(ordered) > _SHOWN:
            told += f"; and {len(ordered) - _SHOWN} more"
        return BadConfig(f"{self.name}, {told}.", remedy="Nothing was changed. docs/operators.md describes the file.")


def read_yaml(path: Path) -> Yaml:
    """The file's values; BadConfig with the line where it is no YAML or says a thing twice."""
    return parse_yaml(path.name, _text(path))


def parse_yaml(name: str, text: str) -> Yaml:
    read = Yaml(name, lines={(): 1})
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        raise BadConfig(
            f"{name}, {where}: {error.problem or error.context}.",
            remedy="The file is not YAML there: look at indentation, colons and quotes, also one line above.",
        ) from None
    except yaml.YAMLError as error:
        raise BadConfig(f"{name} is not YAML: {' '.join(str(error).split())}.") from None
    except RecursionError:
        raise BadConfig(f"{name} is nested too deeply to be meant.") from None
    if root is None:
        raise BadConfig(f"{name} is empty.", remedy="docs/examples/onboard.yaml is a complete example.")
    read.data = _value(read, root, ())
    return read


def _text(path: Path) -> str:
    try:
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise BadConfig(f"{path} is larger than {MAX_BYTES:,} bytes.", remedy="Import large lists as CSV.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadConfig(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadConfig(f"{path.name}, line {line}: this is not UTF-8.", remedy="Save the file as UTF-8.") from None


def _value(read: Yaml, node: yaml.Node, place: Place) -> object:
    read.lines.setdefault(place, node.start_mark.line + 1)
    # A few aliases of aliases would otherwise grow without end.
    if len(place) > _MAX_DEPTH or len(read.lines) > _MAX_VALUES:
        raise BadConfig(f"{read.name}, line {node.start_mark.line + 1}: deeper or larger than can be meant.")
    if isinstance(node, yaml.MappingNode):
        return _mapping(read, node, place)
    if isinstance(node, yaml.SequenceNode):
        return [_value(read, each, (*place, number)) for number, each in enumerate(node.value)]
    return _scalar(read, node, place)


def _mapping(read: Yaml, node: yaml.MappingNode, place: Place) -> dict[str, object]:
    values: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise BadConfig(f"{read.name}, line {line}: a key must be a word.")
        key = str(key_node.value)
        if key in values:
            first = read.lines[*place, key]
            raise read.refuse([((*place, key), f"stands here twice, in lines {first} and {line}")])
        read.lines[*place, key] = line
        values[key] = _value(read, value_node, (*place, key))
    return values


def _scalar(read: Yaml, node: yaml.Node, place: Place) -> object:
    kind = str(node.tag).removeprefix("tag:yaml.org,2002:")
    if kind == "null":
        return None
    if kind == "bool":
        return yaml.SafeLoader.bool_values[str(node.value).lower()]
    if kind == "int":
        return int(node.value) if str(node.value).isdecimal() else str(node.value)
    if kind in ("str", "float", "timestamp", "value", "merge"):
        return str(node.value)
    raise read.refuse([(place, f"{node.tag} means nothing here")])
