"""How many statements something takes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from saas.schema import fast
from saas.tenants import reader
from saas.tenants.reader import Row, Statement
from saas.tenants.tenant import Tenant
from saas.tenants.waiting import Driver


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent inside, without the opening of a transaction.

    Who is asking is looked up every few seconds and not counted.
    """
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "directory." not in statement:
            sent.append(statement)

    def note_waiting(driver: Driver, sql: str = "", values: dict[str, Any] | None = None) -> Any:
        texts = [each for each, _ in [*driver.waiting, *([(sql, values)] if sql else [])]]
        sent.extend(each for each in texts if not each.startswith("BEGIN"))
        return plain(driver, sql, values)

    def note_all(driver: Driver, statements: Sequence[str], values: dict[str, Any]) -> Any:
        sent.extend(statements)
        return several(driver, statements, values)

    def note_begun(driver: Driver) -> None:
        begun = [each for each, _ in driver.waiting]
        begin(driver)
        sent.extend([] if driver.waiting else begun)

    async def note_read(tenant: Tenant, statement: Statement, parameters: Sequence[bytes | None]) -> Row:
        sent.append(statement.sql(tenant))
        return await reader.read(tenant, statement, parameters)

    def note_look(driver: Driver, sql: str, values: Sequence[bytes | None]) -> list[tuple[Any, ...]]:
        sent.append(sql)
        return look(driver, sql, values)

    plain, several, begin, look = Driver.send, Driver.send_all, Driver.begin, Driver.look
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Driver, "send", note_waiting)
        patch.setattr(Driver, "send_all", note_all)
        patch.setattr(Driver, "begin", note_begun)
        patch.setattr(Driver, "look", note_look)
        patch.setattr(fast, "read", note_read)
        yield sent
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


def compared(cost: Callable[[int], list[int]], few: int, many: int) -> tuple[list[int], list[int]]:
    """What so few and so many cost, which is to be the same. What a process looks up once is known the second time."""
    costs = cost(many), cost(few)
    return costs if costs[0] == costs[1] else (cost(many), cost(few))
