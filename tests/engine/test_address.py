"""How addresses are written: by what they are written in."""

from typing import Any

import pytest

from saas.engine import field
from saas.engine.address import formatted
from saas.engine.field import ADDRESS_PARTS
from saas.engine.registry import ObjectType, check_one
from saas.kit.errors import BadConfig
from tests.engine.synthetic import synthetic


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({}, None),
        ({"country": "CN"}, "China"),
        (
            {
                "country": "CN",
                "province": "浙江省",
                "city": "杭州市",
                "district": "西湖区",
                "street": "文三路 90 号",
                "street2": "5 号楼 302 室",
                "postal_code": "310012",
            },
            "中国浙江省杭州市西湖区文三路 90 号 5 号楼 302 室 310012",
        ),
        (
            {"province": "上海市", "city": "上海市", "district": "浦东新区", "street": "科苑路88号"},
            "上海市浦东新区科苑路88号",
        ),
        ({"country": "JP", "province": "東京都", "street": "丸の内1-1"}, "日本東京都丸の内1-1"),
        (
            {
                "country": "CN",
                "province": "Shanghai",
                "city": "Shanghai",
                "district": "Pudong",
                "street": "88 Keyuan Road",
                "postal_code": "201203",
            },
            "88 Keyuan Road\nPudong\n201203 Shanghai\nChina",
        ),
        (
            {"country": "DE", "city": "Berlin", "street": "Obere Str. 57", "street2": "2. OG", "postal_code": "12209"},
            "Obere Str. 57\n2. OG\n12209 Berlin\nGermany",
        ),
        (
            {"country": "US", "city": "Seattle", "province": "WA", "street": "1 Main St", "postal_code": "98101"},
            "1 Main St\nSeattle, WA 98101\nUnited States",
        ),
        ({"country": "IT", "city": "Bergamo", "province": "BG", "postal_code": "24100"}, "24100 Bergamo, BG\nItaly"),
        ({"city": "Leeds"}, "Leeds"),
    ],
)
def test_an_address_is_written_as_on_an_envelope(parts: dict[str, str], text: str | None) -> None:
    assert formatted(dict.fromkeys(ADDRESS_PARTS) | parts) == text


@pytest.mark.parametrize(
    ("facts", "what", "remedy"),
    [
        (
            {"required": True},
            "has the address 'home' with 'required', which addresses do not know",
            "Leave out required",
        ),
        ({"unique": True}, "has the address 'home' with 'unique', which addresses do not know", "Leave out unique"),
        ({"default": "CN"}, "has the address 'home' with 'default', which addresses do not know", "Leave out default"),
        ({"masked": True}, "masks the address 'home', which nobody may hide", "A mask is for a field in a group"),
    ],
)
def test_what_addresses_do_not_know_stops_the_start(facts: dict[str, Any], what: str, remedy: str) -> None:
    record = synthetic("house", home=field.address("Home", "住址", **facts))
    with pytest.raises(BadConfig) as told:
        check_one(ObjectType(record))
    assert told.value.message == f"{record.__module__}.House {what}."
    assert told.value.remedy.startswith(remedy)
