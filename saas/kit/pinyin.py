"""The syllables of Chinese characters: pypinyin's dictionaries, of which each process keeps what makes a difference."""

import os
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from importlib.resources import files

import orjson

_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0304\u030c"))


@lru_cache(maxsize=1000)
def syllables(run: str) -> tuple[str, ...]:
    """The syllable of each Chinese character in the word around it; one that nobody knows stands for itself."""
    found = _reader()(run)
    return tuple(part for each in found for part in ([each] if each.isascii() else each))


@cache
def _reader() -> Callable[[str], list[str]]:
    """Read the dictionaries: half a second and 25 MB, spent when the first Chinese name is written."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # all of them would take 40 MB more
    from pypinyin import lazy_pinyin, load_phrases_dict

    # Through one text, so that the memory of the whole dictionary is given back before anything of it is kept.
    kept = "\n".join(_telling(lazy_pinyin))
    pairs = (line.split("\t") for line in kept.split("\n"))
    load_phrases_dict({phrase: [[sound] for sound in sounds.split(" ")] for phrase, sounds in pairs})
    return lazy_pinyin


def _telling(lazy_pinyin: Callable[[str], list[str]]) -> Iterator[str]:
    """The phrases that sound otherwise than their characters do alone, and those that have such a phrase inside."""
    phrases: dict[str, list[list[str]]] = orjson.loads(files("pypinyin").joinpath("phrases_dict.json").read_bytes())
    alone = {char: lazy_pinyin(char)[0] for char in set("".join(phrases))}
    plain = {sound: _without_tone(sound) for sounds in phrases.values() for (sound, *_) in sounds}
    differing = {
        phrase
        for phrase, sounds in phrases.items()
        if [plain[sound] for (sound, *_) in sounds] != [alone[char] for char in phrase]
    }
    for phrase, sounds in phrases.items():
        ends = range(len(phrase) + 1)
        if any(phrase[start:end] in differing for end in ends for start in range(end)):
            yield f"{phrase}\t{' '.join(sound for (sound, *_) in sounds)}"


def _without_tone(sound: str) -> str:
    """As `lazy_pinyin` has it, in a tenth of the time: `lǜ` is `lv`."""
    marks = unicodedata.normalize("NFD", sound).translate(_TONES)
    return unicodedata.normalize("NFC", marks).replace("ü", "v")
