"""What operators do reaches webhooks: a new SAAS_SECRET, and a release that no longer understands a document."""

import json
from typing import Any

import pytest

from saas.cli.main import run
from saas.kit.settings import settings
from saas.tenants.identity.keys import forget_keys
from tests.tenants.place import with_settings
from tests.webhooks.place import customer, made
from tests.webhooks.receiver import Receiver
from tests.webhooks.test_signatures import verified
from tests.world import World

NEW = "n" * 40
NAMES = "subscription { customerChanged { kind customer { name } } }"


def saas(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """What the command answers in JSON."""
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_secrets_are_sealed_anew_in_every_company(
    world: World, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = made(world, world.garage.ada, receiver, headers=[{"name": "X-Key", "value": "k"}])
    made(world, world.rival.rita, receiver)
    old = settings().secret.get_secret_value()
    with with_settings(SAAS_SECRET=NEW, SAAS_FORMER_SECRETS=old):
        told = {each["column"]: each for each in saas(capsys, "secrets", "rotate")["sealed"]}
        assert (told["webhook_endpoint.secret"]["total"], told["webhook_endpoint.secret"]["former"]) == (2, 2)
        assert told["webhook_endpoint.headers"]["former"] == 1
    with with_settings(SAAS_SECRET=NEW):
        forget_keys()
        left = {each["column"]: each["former"] for each in saas(capsys, "secrets", "list")["sealed"]}
        assert left["webhook_endpoint.secret"] == left["webhook_endpoint.headers"] == 0
        customer(world)
        hook.deliver()
        assert verified(receiver.got[0], hook.secret)
        assert receiver.got[0].headers["x-key"] == "k"
    with with_settings(SAAS_SECRET=old, SAAS_FORMER_SECRETS=NEW):
        saas(capsys, "secrets", "rotate")
        forget_keys()


def test_a_deploy_names_the_webhooks_that_it_pauses(
    world: World, receiver: Receiver, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saas.cli.migrate.upgrade_all", lambda: None)  # the world's directory is nobody's to upgrade
    good = made(world, world.garage.ada, receiver, name="Good", document=NAMES)
    bad = made(world, world.garage.ada, receiver, name="Bad", document=NAMES)
    bad.sql("UPDATE webhook_endpoint SET document = 'subscription { customerChanged { gone } }' WHERE id = %s", bad.id)
    assert saas(capsys, "tenant", "migrate")["webhooks_paused"] == ["garage: Bad"]
    assert (good.now()["state"], bad.now()["state"], bad.now()["reason"]) == ("ACTIVE", "PAUSED", "DOCUMENT_UNFIT")
    assert saas(capsys, "tenant", "migrate")["webhooks_paused"] == []
