"""The rights to administer webhooks; they are no object's, so they are an area."""

from saas.engine.areas import area
from saas.engine.field import Label

WEBHOOK = area(
    "webhook",
    Label("Webhooks", "网络回调"),
    ("read", "manage"),
    "Webhooks: where the company's events are sent, with which payload, in whose name; what was sent and what became"
    " of it. A webhook tells nobody more than the one in whose name it is sent may see.",
)
