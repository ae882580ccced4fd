"""`saas token`: a token for somebody who may sign in, without their password."""

import click

from saas.cli.output import say
from saas.kit.errors import NotFound, TenantUnavailable
from saas.tenants.directory import tenant_by_slug
from saas.tenants.members import members
from saas.tenants.membership import folded
from saas.tenants.sign_in import issue_token
from saas.tenants.tenant import TenantState

YEAR = 24 * 366


@click.command(help="Print a token for EMAIL in the tenant SLUG; it carries that person's rights, and no more.")
@click.argument("slug")
@click.argument("email")
@click.option(
    "--hours", type=click.FloatRange(0, YEAR, min_open=True), default=12, show_default=True, help="How long it lasts."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON line with its end.")
def command(slug: str, email: str, hours: float, as_json: bool) -> None:
    tenant = tenant_by_slug(slug)
    if tenant.state is not TenantState.ACTIVE:
        raise TenantUnavailable(
            f"The tenant {slug} is {tenant.state}.", remedy=f"`saas tenant resume {slug}` opens it."
        )
    principal_id = next((id_ for id_, address in members(tenant).items() if address == folded(email)), None)
    if principal_id is None:
        raise NotFound(
            f"Nobody signs in to {slug} as {email!r}.", remedy="`saas tenant apply` lets people in: signIn: true."
        )
    issued = issue_token(tenant, principal_id, hours)
    told = {"token": issued.token, "expiresAt": issued.expires_at.isoformat(), "tenant": slug, "email": folded(email)}
    # Only the token: `TOKEN=$(saas token …)`.
    say(told, issued.token, as_json=as_json)
