"""Mistakes in dictionaries and in the fields that are chosen from them, found at start-up."""

import re
from collections.abc import Iterable, Iterator

from saas.engine.field import DictionaryFacts, Field
from saas.engine.record import Record

Mistake = tuple[type[Record], str, str]
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


def mistakes_in_dictionaries(records: Iterable[type[Record]]) -> Iterator[Mistake]:
    """Each mistake: the class whose field is chosen from it, what is wrong there, and the remedy."""
    known: dict[str, DictionaryFacts] = {}
    for record in records:
        for field in record.fields.values():
            if field.dictionary is not None:
                place = f"chooses {field.name!r} from the dictionary {field.dictionary.code!r}, which"
                if known.setdefault(field.dictionary.code, field.dictionary) != field.dictionary:
                    yield record, f"{place} is declared twice", "Declare it once and import it."
                for what, remedy in (*_mistakes_in(field.dictionary), *_mistakes_in_default(field, field.dictionary)):
                    yield record, f"{place} {what}", remedy


def _mistakes_in(of: DictionaryFacts) -> Iterator[tuple[str, str]]:
    shape = "A code is a small letter, then small letters, digits and _, at most 40 together: it never changes."
    codes = [entry.code for entry in of.entries]
    if not _CODE.fullmatch(of.code):
        yield "has no code for programs", shape
    if len(codes) < 2:
        yield f"begins with {len(codes)} entries", "Declare two or more."
    for code in dict.fromkeys(codes):
        if not _CODE.fullmatch(code):
            yield f"has an entry {code!r}", shape
        if codes.count(code) > 1:
            yield f"has two entries of the code {code!r}", "Give each a code of its own."
    for what, label in (
        ("the dictionary", of.label),
        *((f"the entry {each.code!r}", each.label) for each in of.entries),
    ):
        if not label.en.strip() or not label.zh.strip():
            yield f"does not name {what} in both languages", 'Write Label("English", "中文").'
    for language in ("en", "zh"):
        words = [entry.label.in_language(language).strip() for entry in of.entries]
        for word in dict.fromkeys(words):
            if word and words.count(word) > 1:
                yield f"calls two entries {word!r}", "Give each a label of its own: an import chooses by it too."


def _mistakes_in_default(field: Field, of: DictionaryFacts) -> Iterator[tuple[str, str]]:
    codes = [entry.code for entry in of.entries]
    for code in (*([field.default] if field.default is not None else []), *field.examples):
        if code not in codes:
            yield f"has no entry {code!r} to begin with", f"Take one of its codes: {', '.join(codes)}."
