"""How the databases came to be: one folder of revisions for the directory, a cell's platform, and a tenant."""
