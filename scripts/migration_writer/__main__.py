"""Write the next migration of the tenants' schemas, to be read and completed by hand."""

import argparse
import shutil
import sys

from migrations.write import write
from saas.cli.demo_settings import settle
from saas.cli.embedded.folder import temporary_folder
from saas.cli.embedded.servers import start_servers
from saas.kit.settings import settings
from saas.tenants.database import close_connections
from saas.tenants.provision import add_cell, install
from saas.tenants.spares import fill_pool


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/migration", description=__doc__)
    parser.add_argument("what", help="what changes, in a few words: they become the name of the file")
    what: str = parser.parse_args().what
    folder = temporary_folder("migration")
    servers = start_servers(folder, durable=False)
    try:
        settle(servers)
        install(servers.admin_dsn)
        cell = settings().directory_dsn.rpartition("/")[0] + "/atrium_cell"
        add_cell("main", cell, admin_dsn=servers.admin_dsn)
        fill_pool("main", 1)
        write(["tenant", what], standalone_mode=False)
    finally:
        close_connections()
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
