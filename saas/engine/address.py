"""Postal addresses: the parts of which they are made, what is wrong with them, and how they are written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from saas.engine.field import Field
from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record
from saas.kit.countries import countries
from saas.kit.names import HAN
from saas.kit.text import camel


@dataclass(frozen=True, slots=True)
class PostalCode:
    """What the postal codes of a country look like."""

    pattern: re.Pattern[str]
    told: str


POSTAL_CODES = {"CN": PostalCode(re.compile(r"[0-9]{6}"), "A postal code of China has six digits, such as 200120.")}
_HAN = re.compile(f"[{HAN}]")
_CODE_BEHIND = frozenset({"AU", "CA", "GB", "IE", "IN", "NZ", "SG", "US"})  # elsewhere it stands before the city
Parts = Mapping[str, str | None]


def parts_of(field: Field, values: Mapping[str, Any]) -> dict[str, str | None]:
    """The parts of an address, by name, among the values of a record."""
    return {name.removeprefix(f"{field.name}_"): values[name] for name in field.parts}


def address_problems(record: Record) -> Iterator[Problem]:
    """What is wrong with the addresses of a record as a whole."""
    for field in record.compounds.values():
        code = getattr(record, f"{field.name}_postal_code")
        known = None if code is None else POSTAL_CODES.get(getattr(record, f"{field.name}_country"))
        if known is not None and not known.pattern.fullmatch(code):
            yield Problem(ProblemCode.BAD_INPUT, known.told, (camel(field.name), "postalCode"))


def formatted(parts: Parts) -> str | None:
    """The address as it is written on an envelope: in Chinese from large to small, else from small to large.

    What it is written in tells which, not the country: addresses of China are written in Latin letters, too.
    """
    if not any(parts.values()):
        return None
    country = countries().get(parts["country"] or "")
    names = ("province", "city", "district", "street", "street2")
    province, city, district, street, street2 = (parts[name] or "" for name in names)
    code = parts["postal_code"] or ""
    if _HAN.search(province + city + district + street + street2):
        place = (country.zh if country else "") + province + (city if city != province else "") + district
        return _joined(" ", place + street, street2, code)
    if country and country.code in _CODE_BEHIND:
        place = _joined(", ", city, _joined(" ", province, code))
    else:
        place = _joined(", ", _joined(" ", code, city), province if province != city else "")
    return _joined("\n", street, street2, district, place, country.en if country else "")


def _joined(sign: str, *texts: str) -> str:
    return sign.join(text for text in texts if text)
