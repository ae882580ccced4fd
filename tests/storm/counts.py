"""What a storm agrees on with its processes.

The jobs themselves are declared in these only: in the process of the tests their reaction would follow every customer
of every other test.
"""

TABLE = "CREATE TABLE {schema}.mark (id uuid PRIMARY KEY, kind text NOT NULL, what text NOT NULL)"
STEPS = 5  # chunks of each long job
ONE_IN = 10  # customers has one
