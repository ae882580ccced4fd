"""TXT records, asked of a real name server on this machine."""

import socket

import pytest

from saas.gateways import name_server as gateway
from saas.gateways.name_server import txt_records
from saas.kit.errors import Unavailable
from tests.gateways.names import name_server
from tests.tenants.place import with_settings


def test_texts_are_told_and_an_unknown_name_has_none() -> None:
    with name_server() as names, with_settings(SAAS_NAMESERVERS=names.place):
        names.texts["_atrium.acme.test"] = ["atrium=one", "something else"]
        assert sorted(txt_records("_atrium.acme.test")) == ["atrium=one", "something else"]
        assert txt_records("nowhere.test") == []
        assert names.asked == ["_atrium.acme.test", "nowhere.test"]


def test_a_name_server_that_says_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "_SECONDS", 0.3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with with_settings(SAAS_NAMESERVERS=f"127.0.0.1:{silent.getsockname()[1]}"), pytest.raises(Unavailable):
            txt_records("acme.test")
