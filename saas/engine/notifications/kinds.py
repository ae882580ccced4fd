"""Kinds of notifications: what people can be told of, in which words, and who is told.

A kind is one declaration, `RECORD_SHARED = notification_kind("record_shared", …)`; `notify` tells people of it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any
from uuid import UUID

from saas.engine.field import Label
from saas.kit.errors import BadConfig, BadInput

Words = Callable[[str], Label]
Fact = type[UUID] | type[str] | type[int] | Mapping[str, Label] | Words
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
_ALWAYS = frozenset({"object", "objects", "count"})
_TAKEN = _ALWAYS | {"about", "of", "once"}
_LONGEST = 200  # characters of one fact: a code or a name, no text


@dataclass(frozen=True, slots=True, eq=False)
class NotificationKind:
    """Something that people are told of.

    label  its name, in settings
    text   the sentence that is told, with facts in braces; `{object}` is what the record is called, `{objects}` several
    many   the sentence about several records, with `{count}`; None: each is told by itself
    to     who gets it, for people
    facts  ids, codes and numbers that are told with it; a mapping has the codes with their words, a function finds them
    """

    name: str
    label: Label
    text: Label
    to: Label
    many: Label | None
    facts: Mapping[str, Fact]

    def checked(self, given: Mapping[str, Any]) -> dict[str, str | int]:
        """The facts as they are kept; BadInput where they are not those of the kind."""
        if given.keys() != self.facts.keys():
            wanted = ", ".join(self.facts) or "nothing"
            raise BadInput(f"Notification {self.name}: {', '.join(given) or 'nothing'} is told, not {wanted}.")
        return {name: self._kept(name, value) for name, value in given.items()}

    def _kept(self, name: str, value: Any) -> str | int:
        fact = self.facts[name]
        if isinstance(fact, Mapping):
            fits = value in fact
        else:
            fits = isinstance(value, fact if isinstance(fact, type) else str) and not isinstance(value, bool)
        kept = value if isinstance(value, int) else str(value)
        if not fits or len(str(kept)) > _LONGEST:
            raise BadInput(f"Notification {self.name}: {name} is not as it was declared.")
        return kept

    def sentence(self, language: str, count: int, facts: Mapping[str, Any], one: Label, several: Label) -> str:
        """What is told, in this language (`en`, `zh`), of `one` record or of `several`."""
        words = {name: self._word(name, value, language) for name, value in facts.items()}
        words |= {"object": _inside(one, language), "objects": _inside(several, language), "count": count}
        text = self.many if self.many is not None and count > 1 else self.text
        return text.in_language(language).format_map(words)

    def _word(self, name: str, value: Any, language: str) -> Any:
        fact = self.facts.get(name)
        if isinstance(fact, Mapping):
            known = fact.get(value)
            return value if known is None else known.in_language(language)
        return fact(value).in_language(language) if fact is not None and not isinstance(fact, type) else value


def _inside(label: Label, language: str) -> str:
    """As it stands inside of a sentence."""
    return label.in_language(language).lower()


_kinds: dict[str, NotificationKind] = {}


def notification_kind(
    name: str,
    label: Label,
    *,
    text: Label,
    to: Label,
    many: Label | None = None,
    facts: Mapping[str, Fact] | None = None,
) -> NotificationKind:
    """Declare a kind; BadConfig where its name is taken or its sentences name what is not told."""
    kind = NotificationKind(name, label, text, to, many, dict(facts or {}))
    for wrong in _wrong(kind):
        raise BadConfig(f"Kind of notifications {name!r}: {wrong}.", remedy="Mend its declaration.")
    _kinds[name] = kind
    return kind


def notification_kinds() -> tuple[NotificationKind, ...]:
    """Every kind, by name."""
    return tuple(_kinds[name] for name in sorted(_kinds))


def kind_named(name: str) -> NotificationKind | None:
    """The kind of this name, or None where this release has none."""
    return _kinds.get(name)


def _wrong(kind: NotificationKind) -> Iterator[str]:
    if not _NAME.fullmatch(kind.name):
        yield "the name is not `<object>_<what became of it>`"
    if kind.name in _kinds:
        yield "it is declared twice"
    if taken := kind.facts.keys() & _TAKEN:
        yield f"no fact can be called {', '.join(sorted(taken))}"
    for fact in kind.facts.values():
        if isinstance(fact, type) and fact not in (UUID, str, int):
            yield "a fact is an id (UUID), a code (str, or the codes with their words) or a number (int)"
    for label in (kind.text, kind.many):
        for text in (label.en, label.zh) if label else ():
            named = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
            if unknown := named - kind.facts.keys() - _ALWAYS:
                yield f"{', '.join(sorted(unknown))} in its words is no fact of it"
