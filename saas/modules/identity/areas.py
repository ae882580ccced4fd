"""The rights to administer identity; they are no object's, so each is an area of its own."""

from saas.engine.areas import area
from saas.engine.field import Label

CONNECTION = area(
    "connection",
    Label("Identity providers", "身份提供方"),
    ("read", "update"),
    "The company's own identity providers and the domains that it has shown to be its own.",
)
IDENTITY = area(
    "identity",
    Label("People and sign-in", "人员与登录"),
    ("read", "update"),
    "Who may sign in, invitations, sessions, the rules of sign-ins, the sign-in log and the acts of administrators.",
)
APP = area(
    "app",
    Label("Apps", "应用"),
    ("read", "update"),
    "Apps of partners: registering one's own, installing those of others, with what they may do, and ending both.",
)
