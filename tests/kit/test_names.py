"""Names stand where people look for them, and are found by how they sound."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.kit.names import LONGEST, sort_key, sound
from saas.kit.pinyin import syllables

IN_ORDER = [
    "1 & 1 AG",
    "3M",
    "20th Century",
    "Alpha 2",
    "Alpha 10",
    "（北京）远景",
    "北京远景 2",
    "北京远景 10",
    "Beiersdorf",
    "长沙",
    "重庆",
    "Zürich",
    "Zurich 2",
]


def test_chinese_and_latin_names_stand_among_each_other() -> None:
    assert sorted(set(IN_ORDER), key=sort_key) == IN_ORDER


@pytest.mark.parametrize(
    "names",
    [
        ["西安", "西宁", "先锋", "新安"],  # syllable by syllable, not letter by letter
        ["张三", "张四", "章三"],  # one character after the other where they sound alike
        ["路", "旅", "乱", "罗"],  # lu, lü, luan, luo
        ["O'Brien", "OBrien"],
        ["Ａlpha", "alpha a", "Álpha b"],
    ],
)
def test_the_order_of(names: list[str]) -> None:
    assert sorted(set(names), key=sort_key) == names


def test_what_holds_no_letter_has_a_place_too() -> None:
    assert sort_key("***") == "***"
    assert sound("***") is None


@pytest.mark.parametrize(
    ("name", "thing", "person"),
    [
        ("曾国藩", "ceng 曾 guo 国 fan 藩", "zeng 曾 guo 国 fan 藩"),
        ("尉迟恭", "yu 尉 chi 迟 gong 恭", "yu 尉 chi 迟 gong 恭"),
        ("单", "dan 单", "shan 单"),
        ("行长单", "hang 行 zhang 长 dan 单", "hang 行 zhang 长 dan 单"),
        ("Ann 单", "ann dan 单", "ann dan 单"),
    ],
)
def test_a_person_begins_with_a_surname(name: str, thing: str, person: str) -> None:
    assert sort_key(name) == thing
    assert sort_key(name, person=True) == person


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("北京远景", "beijingyuanjing bjyj"),
        ("长沙银行", "changshayinhang csyh"),
        ("TCL集团", "tcljituan tjt"),
        ("General Motors", "generalmotors gm"),
        ("Siemens", None),
        ("", None),
    ],
)
def test_how_a_name_sounds(name: str, expected: str | None) -> None:
    assert sound(name) == expected


def test_a_surname_with_a_reading_of_its_own_is_typed_either_way() -> None:
    assert sound("曾力", person=True) == "zengli,cengli zl,cl"
    assert sound("王力", person=True) == "wangli wl"


@given(st.text())
def test_a_key_is_made_of_every_name_and_fits_into_an_index(name: str) -> None:
    key = sort_key(name)
    assert key == sort_key(name)
    assert len(key.encode()) < 2_000
    assert len((sound(name) or "").encode()) < 4_000


def test_the_longest_name_fits_into_an_index() -> None:
    assert len(sort_key("庄" * 400).encode()) == LONGEST * len("zhuang 庄 ".encode()) - 1
    assert len(sort_key("1a" * 200).encode()) < 1_000


def test_the_dictionary_is_read_when_a_chinese_name_comes() -> None:
    program = (
        "import sys; from saas.kit.names import sort_key; sort_key('Ann');"
        "before = 'pypinyin' in sys.modules; sort_key('安'); print(before, 'pypinyin' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_every_word_of_the_dictionary_sounds_as_in_the_whole_of_it() -> None:
    program = (
        "import json; from pypinyin import lazy_pinyin; from pypinyin.constants import PHRASES_DICT;"
        "print(json.dumps({each: lazy_pinyin(each) for each in list(PHRASES_DICT)[::40]}))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYPINYIN")}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    whole: dict[str, list[str]] = json.loads(done.stdout)
    assert len(whole) > 1_000
    runs = {phrase: sounds for phrase, sounds in whole.items() if len(sounds) == len(phrase)}
    assert {phrase: [*syllables(phrase)] for phrase in runs} == runs
