"""Killed after the directory has committed and before the company has: nobody gets in, and asking again mends it."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from saas.engine.scope import Scope, open_scope
from saas.kit import clock
from saas.modules.identity.invitations import invitation_create
from saas.modules.identity.leaving import membership_end
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from tests.browsing import known, link_in, mails_to, work
from tests.engine.people import hire
from tests.world import World


class Killed(Exception):
    """The process ends here."""


def killed_between(world: World, act: Callable[[Scope], object]) -> None:
    """Do something as ada; the directory commits, then the process dies."""

    def die() -> None:
        raise Killed

    def go() -> None:
        with open_scope(world.garage.tenant, world.garage.ada.id, write=True) as scope:
            scope.ends.callback(die)  # what was pushed first ends last, after the directory
            act(scope)

    with pytest.raises(Killed):
        go()


def invite(scope: Scope, employee_id: UUID) -> None:
    (outcome,) = invitation_create(scope, employee_id=employee_id, email=None, name=None, language=None, days=7)
    assert outcome.problems == []


def test_an_invitation_that_was_half_made_opens_nothing(world: World) -> None:
    email = "half@garage.test"
    id_ = world.garage.make(Employee, email=email)
    killed_between(world, lambda scope: invite(scope, id_))
    assert known("SELECT secret_hash, ended_at FROM directory.link WHERE email = :email", email=email) == [(None, None)]
    work(world)
    assert mails_to(email) == []
    with open_scope(world.garage.tenant, world.garage.ada.id, write=True) as scope:
        invite(scope, id_)
    work(world)
    assert [link_in(mail).startswith("/account/invitation/") for mail in mails_to(email)] == [True]


def test_a_membership_that_was_half_ended_is_ended(world: World) -> None:
    lin = hire(world.garage, "lin", Grants())
    killed_between(world, lambda scope: membership_end(scope, lin.id))
    with clock.stopped_at(clock.now() + timedelta(seconds=6)):
        assert lin.http("{ viewer { name } }").status_code == 401
