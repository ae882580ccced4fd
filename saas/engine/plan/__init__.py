"""Plans: a GraphQL operation as one SQL statement whose answer is the JSON of the response."""
