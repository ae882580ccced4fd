"""schema.graphql: written from the code, kept fresh, and changed only in ways that break nobody by surprise."""
