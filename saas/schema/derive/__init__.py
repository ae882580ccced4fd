"""What the schema derives from the declaration of each object: lazy graphql-core types under Strawberry's schema."""
