"""What texts are found by: grams, made of each text when it is written and of the words of a query when it is searched.

In Chinese, Japanese and Korean two characters that stand together are a gram; in other scripts three letters or digits
are. What has fewer is found as a whole word, a single Chinese character where a word begins with it. A text is a
candidate where it holds every gram of the query: then it may hold the query, and the values themselves are looked at.
"""

import re
from dataclasses import dataclass

from saas.kit.errors import BadInput
from saas.kit.names import HAN
from saas.kit.text import fold

MAX_QUERY = 100
MAX_WORDS = 10
_DENSE = rf"{HAN}々ぁ-ヿㇰ-ㇿ가-힣"
_DENSE_CHARACTER = re.compile(f"[{_DENSE}]")
_CHUNK = re.compile(r"[^\W_]+")
_LETTERS = re.compile(rf"(?:(?![{_DENSE}])[^\W_])+")
_SIGNS_AROUND = re.compile(r"^[\W_]+|[\W_]+$")
_TELEPHONE = re.compile(r"[0-9\s+()./*#-]+")
_NOT_DIGITS = re.compile(r"[^0-9]")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a query, folded, with the grams that a text must hold to contain it.

    is_first    it is a single character of a dense script, looked for at the beginning of words
    is_whole    it is too short to be looked for inside words
    sounds      it may be the sound or the initials of a name
    digits      what remains of it in a telephone number, where it may be part of one
    """

    text: str
    grams: frozenset[str]

    @property
    def is_first(self) -> bool:
        return len(self.text) == 1 and _is_dense(self.text)

    @property
    def is_whole(self) -> bool:
        return len(self.text) <= 2 and bool(_LETTERS.fullmatch(self.text))

    @property
    def sounds(self) -> bool:
        return len(self.text) >= 2 and bool(_LETTERS.fullmatch(self.text))

    @property
    def digits(self) -> str | None:
        digits = digits_of(self.text)
        return digits if len(digits) >= 3 and _TELEPHONE.fullmatch(self.text) else None


def grams(text: str) -> set[str]:
    """The grams of a text: whatever is looked for in it has no others."""
    found: set[str] = set()
    for chunk in _CHUNK.findall(fold(text)):
        if chunk.isascii():  # one run of letters and digits: no need to look for more
            found.update(_threes(chunk) or (chunk,))
            continue
        found |= _pairs(chunk) | _first(chunk)
        for run in _LETTERS.findall(chunk):
            found.update(_threes(run) or (run,))
    return found


def grams_of_sound(sound: str) -> set[str]:
    """The grams of how a name sounds (`saas.kit.names.sound`): of its initials two letters are enough."""
    found: set[str] = set()
    full, _, initials = sound.partition(" ")
    for run in (*full.split(","), *initials.split(",")):
        found.update(_threes(run))
    for run in initials.split(","):
        found.update(run[i : i + 2] for i in range(len(run) - 1))
    return found


def grams_of_telephone(number: str) -> set[str]:
    """The grams of a telephone number, without regard to how its digits are grouped."""
    return set(_threes(digits_of(number)))


def digits_of(text: str) -> str:
    return _NOT_DIGITS.sub("", text)


def words_of(query: str, argument: str) -> list[list[Word]]:
    """The words of a query, all of which must be found; where it can be understood in two ways, either will do.

    BadInput for what is too short or too long to be looked for; `argument` is where it came from.
    """
    if len(query) > MAX_QUERY:
        raise BadInput(f"{argument} has more than {MAX_QUERY} characters.", path=(argument,))
    folded = fold(query)
    parts = list(dict.fromkeys(filter(None, (_SIGNS_AROUND.sub("", each) for each in folded.split()))))
    if len(parts) > MAX_WORDS:
        raise BadInput(f"{argument} has more than {MAX_WORDS} words.", path=(argument,))
    plain = [_word(each) for each in parts]
    ways = [] if all(_is_letter(word) for word in plain) else [plain]
    digits = digits_of(folded)
    if len(parts) > 1 and len(digits) >= 3 and _TELEPHONE.fullmatch(folded):
        ways.append([_word(digits)])
    if not ways:
        raise BadInput(
            f"{argument} is too short to search for.",
            remedy="Give one Chinese character, a word of two letters or digits, or at least three of a longer word.",
            path=(argument,),
        )
    return ways


def _is_letter(word: Word) -> bool:
    return len(word.text) == 1 and not word.is_first


def _word(text: str) -> Word:
    wanted: set[str] = set()
    chunks = _CHUNK.findall(text)
    for number, chunk in enumerate(chunks):
        wanted |= _pairs(chunk) | (_first(chunk) if number else set())
        for run in _LETTERS.findall(chunk):
            wanted.update(_threes(run))
    # Too short to be found inside of anything: then as it stands.
    return Word(text, frozenset(wanted or _LETTERS.findall(text) or _first(text)))


def _first(chunk: str) -> set[str]:
    return {chunk[0]} if _is_dense(chunk[0]) else set()


def _pairs(chunk: str) -> set[str]:
    if chunk.isascii():
        return set()
    pairs = (chunk[i : i + 2] for i in range(len(chunk) - 1))
    return {pair for pair in pairs if _is_dense(pair[0]) or _is_dense(pair[1])}


def _threes(run: str) -> list[str]:
    return [run[i : i + 3] for i in range(len(run) - 2)]


def _is_dense(char: str) -> bool:
    return bool(_DENSE_CHARACTER.match(char))
