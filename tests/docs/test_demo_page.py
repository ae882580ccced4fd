"""docs/demo.md tells every option of the demo, and every role and size with what it is."""

import re
from pathlib import Path

from saas.cli.demo import command
from saas.cli.demo_wish import Size
from saas.cli.demo_world import COMPANIES
from saas.cli.invented.sources import COMPANIES as INVENTED
from saas.cli.onboarding.read import read_onboarding

PAGE = (Path(__file__).parents[2] / "docs" / "demo.md").read_text("utf-8")


def test_every_option_is_told() -> None:
    options = {option for each in command.params for option in each.opts}
    assert options == set(re.findall(r"`(--[a-z-]+)", PAGE.partition("| size |")[0]))


def test_every_size_is_told() -> None:
    told = {size: int(many.replace(",", "")) for size, many in re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", PAGE, re.M)}
    assert told == {size.value: size.customers for size in Size if size is not Size.NONE}


def test_every_role_is_told_with_somebody_who_holds_it() -> None:
    told = {role: who for who, role in re.findall(r"^\| (.*@.*) \| `([a-z-]+)` \|", PAGE, re.M)}
    for slug in INVENTED:
        holds = read_onboarding(COMPANIES / f"{slug}.yaml")
        emails = {each.code: each.email or "" for each in holds.sign_ins}
        for code, roles in holds.blueprint.holds.items():
            for role in roles:
                named = emails[code].partition("@")[0] in told[role]
                assert named or role == "salesperson", f"{emails[code]} is not told as {role}"
