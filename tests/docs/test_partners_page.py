"""docs/partners.md goes from registration to the first call: its commands are run as they stand."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.served import serving
from tests.web.oauth.partner import Browser, told_in
from tests.world import World

PAGE = (Path(__file__).parents[2] / "docs" / "partners.md").read_text("utf-8")
BLOCKS = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
NEEDED = ("bash", "curl", "openssl", "jq")


def run(script: str, folder: Path) -> list[str]:
    """The lines that bash prints."""
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.split("\n") if line]


@pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason=f"needs {', '.join(NEEDED)}")
def test_the_commands_lead_to_the_first_call(world: World, tmp_path: Path) -> None:
    sent = next(index for index, block in enumerate(BLOCKS) if "/oauth/authorize?" in block) + 1
    with serving() as url:
        begin = f"URL={url} TOKEN={world.garage.ada.token}"
        keep = "declare -p URL ID SECRET VERIFIER STATE > kept"
        *answers, address = run("\necho\n".join([begin, *BLOCKS[:sent], keep]), tmp_path)
        browser = Browser().sign_in(world.garage.sam.email)
        told = told_in(browser.decide(browser.get(address.removeprefix(url))))
        answers += run("\necho\n".join(["source ./kept", f"CODE={told['code']}", *BLOCKS[sent:]]), tmp_path)
    assert (told["iss"], len(told["state"])) == (url, 32)
    installed, counted, installed_too, seen, refreshed = map(json.loads, answers)
    for each in (installed, installed_too):
        assert each["data"]["installationCreate"]["problems"] == []
    assert counted["data"]["customers"]["totalCount"]["value"] == 0
    assert seen["data"]["viewer"] is not None
    assert refreshed["refresh_token"].startswith("atf_")
