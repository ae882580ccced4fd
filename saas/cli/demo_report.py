"""What the demo tells whoever started it: where it is, and who may sign in."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Somebody who can sign in, with a token that works at once."""

    email: str
    password: str
    roles: tuple[str, ...]
    token: str


@dataclass(frozen=True, slots=True)
class DemoTenant:
    slug: str
    name: str
    users: tuple[DemoUser, ...]


@dataclass(frozen=True, slots=True)
class DemoReport:
    """The running demo; `mailbox` and `sms` are URLs of what was recorded, None where it is sent."""

    url: str
    graphql: str
    pid: int
    mailbox: str | None
    sms: str | None
    tenants: tuple[DemoTenant, ...]

    def as_json(self) -> str:
        """One line, for programs."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def as_text(self) -> str:
        """A page, for people."""
        lines = ["", f"Atrium runs at {self.url}  (GraphQL: {self.graphql})"]
        lines += [f"Mails: {self.mailbox}", ""] if self.mailbox else [""]
        for tenant in self.tenants:
            lines.append(f"{tenant.name}  (tenant: {tenant.slug})")
            width = max((len(user.email) for user in tenant.users), default=0)
            lines += [f"  {user.email:{width}}  {user.password}  {', '.join(user.roles)}" for user in tenant.users]
            lines += [f"  token of {user.email}: {user.token}" for user in tenant.users[:1]]
            lines.append("")
        return "\n".join(lines)


def tenants_as_json(tenants: tuple[DemoTenant, ...]) -> str:
    return json.dumps([asdict(tenant) for tenant in tenants], ensure_ascii=False, indent=2)


def tenants_from_json(text: str) -> tuple[DemoTenant, ...]:
    return tuple(
        DemoTenant(
            slug=tenant["slug"],
            name=tenant["name"],
            users=tuple(DemoUser(**{**user, "roles": tuple(user["roles"])}) for user in tenant["users"]),
        )
        for tenant in json.loads(text)
    )
