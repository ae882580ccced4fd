"""How names are put in order and how they sound: pinyin for Chinese, folded text for the rest."""

import re
from functools import lru_cache

from saas.kit.pinyin import syllables
from saas.kit.text import fold

LONGEST = 100  # characters of a name that count: the key of a longer one would not fit into an index
HAN = "〇㐀-䶿一-鿿豈-﫿\U00020000-\U000323af"
_PARTS = re.compile(rf"(?P<han>[{HAN}]+)|(?P<number>[0-9]+)|(?P<word>(?:(?![{HAN}0-9])[^\W_])+)")
Part = tuple[str, str, tuple[str, ...]]

# Surnames that sound otherwise than the same characters do elsewhere.
_SURNAMES = {
    surname: reading.split("-")
    for line in (
        "万俟 mo-qi 萬俟 mo-qi 单于 chan-yu 單于 chan-yu 尉迟 yu-chi 尉遲 yu-chi 长孙 zhang-sun 長孫 zhang-sun",
        "澹台 tan-tai 澹臺 tan-tai 曾 zeng 单 shan 單 shan 解 xie 仇 qiu 区 ou 區 ou 朴 piao 查 zha 盖 ge 蓋 ge",
        "覃 qin 冼 xian 洗 xian 缪 miao 繆 miao 种 chong 折 she 乐 yue 樂 yue 员 yun 員 yun 繁 po 秘 bi 隗 wei 黑 he",
        "召 shao 祭 zhai 阚 kan 闞 kan 翟 zhai",
    )
    for surname, reading in zip(line.split()[::2], line.split()[1::2], strict=True)
}


@lru_cache(maxsize=1024)
def sort_key(name: str, *, person: bool = False) -> str:
    """What `name` is ordered by, byte by byte: Chinese by syllable, then character; numbers by their size.

    Chinese and Latin names stand among each other by their letters; signs do not count. That of a `person` begins with
    a surname.
    """
    found = []
    for kind, part, sounds in _parts(name, person=person):
        if kind == "han":
            # A blank is less than any letter, so xi'an comes before xian; ü comes between u and ua.
            found += [f"{syllable.replace('v', 'u!')} {char}" for char, syllable in zip(part, sounds, strict=True)]
        elif kind == "number":
            digits = part.lstrip("0")
            found.append(f"{min(len(digits), 99):02}{digits}")
        else:
            found.append(part)
    return " ".join(found) or fold(name)[:LONGEST]


@lru_cache(maxsize=1024)
def sound(name: str, *, person: bool = False) -> str | None:
    """How a name is typed by its sound, in full and by its initials: "beijing bj"; None for a single word.

    A surname with a reading of its own is found by both: "zengli,cengli zl,cl".
    """
    plain = [each for _, _, sounds in _parts(name, person=False) for each in sounds]
    as_person = [each for _, _, sounds in _parts(name, person=True) for each in sounds] if person else plain
    if not plain or fold(name) == "".join(plain):
        return None
    readings = [as_person] if plain == as_person else [as_person, plain]
    full = ",".join("".join(each) for each in readings)
    return f"{full} {','.join(''.join(syllable[0] for syllable in each) for each in readings)}"


@lru_cache(maxsize=1024)  # its order and its sound are asked of a name one after the other
def _parts(name: str, *, person: bool) -> tuple[Part, ...]:
    """Runs of Chinese, of digits and of other letters, each with its sounds; what is neither only separates."""
    parts: list[Part] = []
    for number, found in enumerate(_PARTS.finditer(fold(name)[:LONGEST])):
        kind, part = found.lastgroup or "", found[0]
        sounds = syllables(part) if kind == "han" else (part,)
        if person and number == 0 and kind == "han":
            surname = _SURNAMES.get(part[:2]) or _SURNAMES.get(part[:1]) or ()
            sounds = (*surname, *sounds[len(surname) :])
        parts.append((kind, part, sounds))
    return tuple(parts)
