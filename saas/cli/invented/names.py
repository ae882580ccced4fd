"""What firms and people are called, in Chinese and in what is written in Latin letters."""

import re
from functools import lru_cache
from random import Random

from saas.cli.invented.sources import Industry, Locale, Place
from saas.kit.pinyin import syllables
from saas.kit.text import fold

SIMPLE = 1500  # so many firms have short names before those run short
_HAN_RUN = re.compile("[\u4e00-\u9fff]+")
_NO_LETTERS = re.compile("[^a-z0-9]+")


def firm_name(chance: Random, locale: Locale, industry: Industry, place: Place, number: int) -> str:
    """The name of the n-th firm: short ones first, later those that also say where it is."""
    is_simple = chance.random() < SIMPLE / number
    if locale.name == "zh":
        core = chance.choice(locale.openings) + chance.choice(locale.endings) + chance.choice(industry.han)
        return core if is_simple else f"{place.city_zh}{core}"
    word = chance.choice(industry.latin)
    if is_simple and chance.random() < 0.7:
        return f"{chance.choice(locale.openings)}{chance.choice(locale.endings)} {word}"
    first, second = chance.sample(list(locale.last), 2)
    if is_simple:
        return f"{first} {word}" if chance.random() < 0.5 else f"{first} & {second} {word}"
    return f"{first} & {second} {word} {place.city_en}"


def legal_name(chance: Random, locale: Locale, name: str, place: Place) -> str:
    """The name as it is registered."""
    form = chance.choice(locale.forms)
    if locale.name != "zh":
        return f"{name} {form}"
    return f"{name}{form}" if name.startswith(place.city_zh) else f"{place.city_zh}{name}{form}"


def person_name(chance: Random, locale: Locale) -> tuple[str, str]:
    """First and last name."""
    return chance.choice(locale.first), chance.choice(locale.last)


def written(locale: Locale, first: str, last: str) -> str:
    """Both as one writes them there: 王伟, Clara Weber."""
    return f"{last}{first}" if locale.name == "zh" else f"{first} {last}"


@lru_cache(maxsize=4096)  # the names of people come again and again
def spelled(text: str) -> str:
    """In small Latin letters and hyphens, as in addresses of mail: 华兴电子 is huaxingdianzi."""
    plain = _HAN_RUN.sub(lambda run: f"{''.join(syllables(run[0]))} ", text)
    return _NO_LETTERS.sub("-", fold(plain.replace("ø", "o").replace("ß", "ss").replace("đ", "d"))).strip("-")
