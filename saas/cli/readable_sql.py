"""SQL for people: a line for each clause, indented by how deep it stands."""

import re

_TOKEN = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[()]"
    r"|\b(?:WITH|SELECT|FROM|LEFT JOIN|WHERE|GROUP BY|HAVING|ORDER BY|LIMIT|UNION ALL|UNION)\b|\s+|[^\s()'\"]+"
)

_CLAUSES = frozenset(
    ("WITH", "SELECT", "FROM", "LEFT JOIN", "WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "UNION ALL", "UNION")
)


def readable(sql: str) -> str:
    """The same statement with line breaks; texts in it stay as they are."""
    lines: list[str] = []
    line, depth = "", 0
    for piece in _TOKEN.findall(sql):
        if piece.isspace():
            line += " " if line and not line.endswith(" ") else ""
        elif piece in _CLAUSES:
            if line.strip():
                lines.append(line.rstrip())
            line = "  " * depth + piece
        else:
            depth += (piece == "(") - (piece == ")")
            line += piece
    return "\n".join([*lines, line.rstrip()])
