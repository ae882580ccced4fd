"""Rights that belong to no object: what administers identity. They are granted like all others."""

FUNCTIONAL = {
    "connection": ("read", "update"),  # identity providers of the company, and its domains
}
