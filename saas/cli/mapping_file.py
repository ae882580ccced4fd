"""Mappings of imports as YAML files, checked with the file and line of a mistake."""

from pathlib import Path
from typing import Any

import yaml

from saas.engine.transfer.mapping import Mapping, mapping_from
from saas.kit.errors import BadInput


class _Strict(yaml.SafeLoader):
    """Refuses a key that stands twice: YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping of a node whose keys differ."""
        keys = [key.value for key, _ in node.value]
        twice = next((key for key, _ in node.value if keys.count(key.value) > 1), None)
        if twice is not None:
            raise yaml.MarkedYAMLError(problem=f"{twice.value!r} stands twice", problem_mark=twice.start_mark)
        return super().construct_mapping(node, deep)


def mapping_file(path: Path) -> Mapping:
    """The mapping in a file; BadInput where it cannot be read or says something that a mapping cannot."""
    try:
        given = yaml.load(path.read_text("utf-8"), _Strict)  # noqa: S506  # a SafeLoader
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not UTF-8.", remedy="Save it as UTF-8.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or "it cannot be read"
        raise BadInput(f"{path}{line}: this is no YAML: {what}.", remedy="See docs/import.md for an example.") from None
    return mapping_from(given, str(path))
