"""Countries: the list of ISO 3166, by what people call them, and by their time zones."""

from importlib.resources import files

import pytest

from saas.kit.countries import countries, country_named, country_of


def test_the_list_is_that_of_iso_3166() -> None:
    text = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8")
    codes = [line.split("\t")[0] for line in text.splitlines() if not line.startswith("#")]
    assert list(countries()) == sorted(codes)
    assert len(codes) == 249


def test_each_has_names_of_its_own() -> None:
    found = countries().values()
    assert all(each.en.strip() == each.en != "" and each.zh.strip() == each.zh != "" for each in found)
    assert len({each.en for each in found}) == len({each.zh for each in found}) == 249


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("CN", "CN"), ("cn", "CN"), ("China", "CN"), ("中国", "CN"), ("uk", "GB"), ("USA", "US")),
        *(("COTE D'IVOIRE", "CI"), ("Narnia", None), ("", None)),
    ],
)
def test_a_country_is_found_by_its_code_and_names(text: str, code: str | None) -> None:
    assert country_named(text) == code


@pytest.mark.parametrize(
    ("zone", "code"),
    [
        ("Asia/Shanghai", "CN"),
        ("Asia/Urumqi", "CN"),
        ("Europe/Berlin", "DE"),
        ("America/New_York", "US"),
        ("UTC", None),
    ],
)
def test_a_time_zone_tells_its_country(zone: str, code: str | None) -> None:
    assert country_of(zone) == code
