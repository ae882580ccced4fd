"""Importing and taking back in a test, as a person asks for it, with what a worker does in between."""

import itertools
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from threading import Event
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.tables import all_tables
from saas.modules.masters.trading_currency import ExchangeRate
from saas.tenants.database import DISPATCHER, login
from saas.workers import claims
from saas.workers.cells import dispatcher_engine
from saas.workers.perform import Performer
from tests.workers.place import AT_ONCE
from tests.world import Company, Person, World

START = """
mutation($input: ImportRunStartInput!) { importRunStart(input: $input) { id problems { message path } } }
"""
REVERT = """
mutation($id: ID!, $dryRun: Boolean) {
  importRunRevert(id: $id, dryRun: $dryRun) {
    id importRun { id revert { number state isDryRun } } problems { __typename code message path }
  }
}
"""
READ = """
query($id: ID!) {
  importRun(id: $id) {
    state counts { created updated unchanged refused }
    issues { line message }
    revert {
      number state isDryRun reason finishedAt
      counts { records done reverted unchanged refused }
      issues(first: 500) { line recordId code message fields }
    }
  }
}
"""
CANCEL = """
mutation($id: ID!) {
  importRunRevertCancel(id: $id) { id importRun { revert { state reason } } problems { code message path } }
}
"""


UPDATE = """
mutation($id: ID!, $input: CustomerUpdateInput!) {
  customerUpdate(id: $id, input: $input) { id problems { message } }
}
"""
_numbers = itertools.count(1)


def dispatcher_of(world: World) -> sa.Engine:
    """The cell as the dispatcher's role sees it."""
    return dispatcher_engine(login(world.cluster.plain_dsn(world.cell), DISPATCHER).render_as_string(False), 3)


@dataclass(frozen=True)
class Importing:
    """Imports of one person, done by a worker."""

    world: World
    cell: sa.Engine
    person: Person

    def work(self, table: str, run_id: str, stopping: Event | None = None) -> None:
        """What a dispatcher and a worker do between them, once, to the newest job of this import or revert."""
        column = "id" if table == "import_run" else "run_id"
        query = f"SELECT job_id FROM {table} WHERE {column} = %s ORDER BY created_at DESC LIMIT 1"
        ((job_id,),) = self.world.sql(self._company(), query, run_id)
        claims.claim(self.cell, "bulk", 10, 30)
        performer = Performer("worker", lambda _cell: self.cell, AT_ONCE, stopping or Event())
        performer.perform(self.person.tenant.id, job_id)

    def begin(self, one: str, csv: str, key: list[str], columns: list[dict[str, Any]], **more: Any) -> str:
        """The id of an import that waits for a worker; `more` says more of its mapping."""
        mapping = {"key": key, "columns": columns, **more}
        given = {"object": one, "fileName": "file.csv", "csv": csv, "mapping": mapping}
        started = self.person.ask(START, input=given)["importRunStart"]
        assert started["problems"] == []
        return str(started["id"])

    def bring(self, one: str, csv: str, key: list[str], columns: list[dict[str, Any]], **more: Any) -> str:
        """The id of an import that is done, with every row in."""
        run_id = self.begin(one, csv, key, columns, **more)
        self.work("import_run", run_id)
        run = self.person.ask(READ, id=run_id)["importRun"]
        assert (run["state"], run["counts"]["refused"]) == ("DONE", 0), run["issues"]
        return run_id

    def ask_back(self, run_id: str, *, dry_run: bool = False) -> dict[str, Any]:
        """What the wish to take it back is answered."""
        answer: dict[str, Any] = self.person.ask(REVERT, id=run_id, dryRun=dry_run)["importRunRevert"]
        return answer

    def told(self, run_id: str) -> dict[str, Any]:
        """How the last revert stands."""
        revert: dict[str, Any] = self.person.ask(READ, id=run_id)["importRun"]["revert"]
        return revert

    def take_back(self, run_id: str, *, dry_run: bool = False) -> dict[str, Any]:
        """How it ended."""
        assert self.ask_back(run_id, dry_run=dry_run)["problems"] == []
        self.work("import_revert", run_id)
        return self.told(run_id)

    def _company(self) -> Company:
        return next(each for each in (self.world.garage, self.world.rival) if each.tenant == self.person.tenant)


def counted(records: int, reverted: int, unchanged: int = 0, refused: int = 0) -> dict[str, int]:
    """The counts of a revert that came to its end."""
    return {
        "records": records,
        "done": records,
        "reverted": reverted,
        "unchanged": unchanged,
        "refused": refused,
    }


def why(revert: dict[str, Any]) -> list[tuple[int, str, str]]:
    """(line, code, message) of what stays."""
    return [(issue["line"], issue["code"], issue["message"]) for issue in revert["issues"]]


def columns(*fields: str, **more: dict[str, Any]) -> list[dict[str, Any]]:
    """A column for each field, called as it is; `more` says more of some."""
    return [{"field": name, "column": name} | more.get(name, {}) for name in fields]


CODE_AND_NAME = columns("code", "name")


def fresh(count: int = 1) -> list[str]:
    """Codes that no other test uses."""
    return [f"rv{next(_numbers)}" for _ in range(count)]


def csv(codes: list[str], name: str = "Imported") -> str:
    """A file of codes and names."""
    return "code,name\n" + "".join(f"{code},{name} {code}\n" for code in codes)


def euro_has_a_rate(world: World) -> None:
    """A euro is 1.1 dollars."""
    ((euro,),) = world.sql(world.garage, "SELECT id FROM trading_currency WHERE code = 'EUR'")
    rate = Decimal("1.1")
    world.garage.make(ExchangeRate, currency_id=euro, valid_from=date(2020, 1, 1), rate=rate, source="bank")


def ids_of(world: World, codes: list[str], of: str = "customer") -> list[UUID]:
    """The ids of the records with these codes."""
    found = dict(world.sql(world.garage, f"SELECT code, id FROM {of} WHERE code = ANY(%s)", codes))
    return [found[code] for code in codes]


def state_of(world: World, codes: list[str], of: str = "customer") -> list[tuple[Any, ...]]:
    """(name, version, whether it is in the trash) of each."""
    query = f"SELECT code, name, version, deleted_at IS NOT NULL FROM {of} WHERE code = ANY(%s)"
    found = {row[0]: row[1:] for row in world.sql(world.garage, query, codes)}
    return [found[code] for code in codes]


def change(world: World, id_: UUID, **given: Any) -> None:
    """What somebody does to a customer by hand."""
    answer = world.garage.ada.ask(UPDATE, id=str(id_), input=given)["customerUpdate"]
    assert (answer["id"], answer["problems"]) == (str(id_), [])


_RUNS = {"import_run", "import_issue", "import_record", "import_revert", "import_revert_issue"}
_NOT_COMPARED = {"audit", "stamp", "notification", *_RUNS}
_IN_PASSING = ("version", "updated_at")


def everything(world: World, company: Company, besides: set[UUID]) -> dict[str, list[Any]]:
    """Every row of the company, of which versions and moments do not count, nor what is of these records."""
    found: dict[str, list[Any]] = {}
    for name, table in all_tables().tables.items():
        if name in _NOT_COMPARED:
            continue
        ids = [column.name for column in table.columns if isinstance(column.type, sa.Uuid)]
        rows = world.sql(company, f'SELECT to_jsonb(one) FROM "{name}" one')
        kept = [row for (row,) in rows if not {UUID(row[each]) for each in ids if row[each]} & besides]
        found[name] = sorted(
            ({key: value for key, value in row.items() if key not in _IN_PASSING} for row in kept), key=repr
        )
    return found
