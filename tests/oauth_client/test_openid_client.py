"""A certified client of strangers, openid-client of npm, does all that a partner's app does, against a real server."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.npm import installed
from tests.served import serving
from tests.web.oauth.partner import CALLBACK, registered
from tests.web.oauth.partner import installed as at_work
from tests.world import PASSWORD, World

HERE = Path(__file__).parent


@pytest.mark.slow
def test_openid_client_signs_in_refreshes_pushes_waits_and_signs_out(world: World) -> None:
    packages = installed(HERE)
    shutil.copy(HERE / "client.mjs", packages)
    web = registered(world.garage.ada, logOutUris=["https://partner.example/out"])
    device = registered(world.garage.ada, kind="PUBLIC", redirectUris=[CALLBACK])
    for app in (web, device):
        at_work(world.garage.ada, app, "customer:read")
    with serving() as url:
        given = {
            "issuer": url,
            "web": {"clientId": web.client_id, "secret": web.secret},
            "device": {"clientId": device.client_id},
            "email": world.garage.sam.email,
            "password": PASSWORD,
        }
        command = ["node", "client.mjs", json.dumps(given)]
        done = subprocess.run(command, cwd=packages, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "code": "garage",
        "userinfo": world.garage.sam.email,
        "refresh": "garage",
        "replay": "invalid_grant",
        "pushedCarries": ["client_id", "request_uri"],
        "pushed": "garage",
        "introspected": True,
        "revoked": False,
        "device": "garage",
        "out": "https://partner.example/out?state=bye",
        "signedIn": "login_required",
    }
