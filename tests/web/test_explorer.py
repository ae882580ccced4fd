"""The explorer comes whole from this server, under a policy that lets nothing else run."""

import re
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import pytest

from tests.web.conftest import Door

STATIC = Path(str(resources.files("saas.web") / "static"))
PAGE = (STATIC / "explorer.html").read_text("utf-8")
SCRIPTS = {path.name: path.read_text("utf-8") for path in STATIC.glob("*.js")}


def test_the_page_is_served_under_a_strict_policy(door: Door) -> None:
    answer = door("GET", "/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("explorer.js", "text/javascript; charset=utf-8"),
        ("explorer.css", "text/css; charset=utf-8"),
        ("atrium.svg", "image/svg+xml"),
    ],
)
def test_its_files_are_served_with_their_type(door: Door, name: str, kind: str) -> None:
    answer = door("GET", f"/static/{name}")
    assert answer.headers["content-type"] == kind
    assert answer.content == (STATIC / name).read_bytes()


def test_a_file_that_did_not_change_is_not_sent_again(door: Door) -> None:
    first = door("GET", "/static/explorer.js")
    again = door("GET", "/static/explorer.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["nothing.js", "..%2fgate.py", "%2e%2e/gate.py", "__init__.py"])
def test_nothing_else_is_served(door: Door, name: str) -> None:
    assert door("GET", f"/static/{name}").status_code == 404


def test_everything_that_the_page_names_exists() -> None:
    named = set(re.findall(r'"/static/([^"]+)"', PAGE))
    for text in SCRIPTS.values():
        named |= set(re.findall(r'from "\./([^"]+)"', text))
    assert named
    assert named <= {path.name for path in STATIC.iterdir()}


def test_nothing_is_fetched_from_elsewhere_and_nothing_runs_inline() -> None:
    for path in STATIC.iterdir():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text, path.name
        assert "https://" not in text, path.name
        assert "innerHTML" not in text, path.name
    assert re.findall(r"<script(?![^>]* src=)|\son\w+=|style=", PAGE) == []


def test_every_word_of_the_page_exists_in_both_languages() -> None:
    used = set(re.findall(r'data-word(?:-\w+)?="(\w+)"', PAGE))
    for text in SCRIPTS.values():
        used |= set(re.findall(r'\bword\("(\w+)"\)', text))
    english, chinese = SCRIPTS["words.js"].split("  zh: {")
    for word in used:
        assert re.search(rf"\b{word}: ", english), f"{word} in English"
        assert re.search(rf"\b{word}: ", chinese), f"{word} in Chinese"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("name", ["explorer_language.mjs", "explorer_stream.mjs"])
def test_the_page_understands_graphql_and_event_streams(name: str) -> None:
    script = Path(__file__).with_name(name)
    done = subprocess.run(["node", "--test", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
