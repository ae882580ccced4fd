"""So many made-up objects of 20 fields each, started as a process starts them."""

import gc
import json
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy.orm import configure_mappers

import saas.schema.build
from saas.engine import field
from saas.engine.field import Label
from saas.engine.record import Facts, Record
from saas.engine.registry import listed
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee

FIRST_CODE = 0x200


def declare(number: int) -> type[Record]:
    """An object with 20 fields of the usual kinds, owned, and hanging on a customer."""
    values: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": f"Thing {number}.",
        "__tablename__": f"thing_{number:03}",
        "facts": Facts(
            code=FIRST_CODE + number,
            label=Label(f"Thing {number}", f"物{number}"),
            plural=Label(f"Things {number}", f"物{number}"),
            title="name",
            order=("name",),
            owner="owner_id",
        ),
        "name": field.text("Name", "名称", required=True),
        "owner_id": field.ref(Employee, "Owner", "负责人"),
        "customer_id": field.ref(Customer, "Customer", "客户"),
    }
    values |= {f"text{i}": field.text(f"Text {i}", "文字") for i in range(6)}
    values |= {f"money{i}": field.money(f"Money {i}", "金额", group="price") for i in range(3)}
    values |= {f"day{i}": field.day(f"Day {i}", "日期") for i in range(3)}
    values |= {f"number{i}": field.integer(f"Number {i}", "数字") for i in range(3)}
    values |= {f"yes{i}": field.boolean(f"Yes {i}", "是否") for i in range(2)}
    return type(f"Thing{number:03}", (Record,), values)


def main() -> None:
    before = _rss_mb()
    began = time.process_time()
    made = [declare(number) for number in range(int(sys.argv[1]))]
    configure_mappers()
    saas.schema.build.build(listed())
    spent = time.process_time() - began
    gc.collect()
    print(json.dumps({"objects": len(made), "ms": spent * 1000, "mb": _rss_mb() - before}))  # for its parent


def _rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


if __name__ == "__main__":
    main()
