"""A sign-in that meets a change of the password half-way."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from saas.kit.errors import Unauthenticated
from saas.kit.ids import new_id
from saas.tenants.sign_in import let_in, sign_in
from saas.tenants.tenant import Tenant
from tests.tenants.place import Place, until

PASSWORD = "the one that was right a moment ago"
WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"


def test_a_password_that_was_just_replaced_gives_no_token(place: Place, acme: Tenant) -> None:
    let_in(acme, new_id(0x002), "racing@example.com", PASSWORD, "Racing")
    change = "UPDATE directory.person SET password_hash = 'another' WHERE email = 'racing@example.com'"
    with psycopg.connect(place.cluster.dsn(place.directory)) as changing, ThreadPoolExecutor(1) as pool:
        changing.execute(change)
        signing_in = pool.submit(sign_in, "acme", "racing@example.com", PASSWORD)
        until(lambda: bool(place.ask(WAITING, place.directory)), "the sign-in has checked the password and waits")
        changing.commit()
        with pytest.raises(Unauthenticated):
            signing_in.result()
    count = "SELECT count(*) FROM directory.sign_in s JOIN directory.membership m ON m.id = s.membership_id"
    person = " JOIN directory.person p ON p.id = m.person_id WHERE p.email = 'racing@example.com'"
    assert place.ask(count + person, database=place.directory) == [(0,)]
