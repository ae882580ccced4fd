"""The floor's SQL, written by hand for the same answers as the queries give, for a person with the same rights.

Each statement answers with the text of one JSON value: what stands behind `"data":`. This is the file to review: is it
the best SQL for the answer, and does it let through what the kernel lets through?
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from saas.kit.text import fold

Variables = dict[str, Any]


class Person(BaseModel):
    """Who asks: their id, department, and the ids by which something may be shared with them."""

    id: UUID
    department: UUID
    holders: list[UUID]
    today: date


@dataclass(frozen=True, slots=True)
class Floor:
    """A statement for one person, how the variables of a request become its parameters, and the answer to no row."""

    sql: Callable[[Person], str]
    parameters: Callable[[Variables], list[bytes | None]]
    nothing: bytes = b"null"


# Who sees what. Each `IN (SELECT ...)` of these is a hashed subplan: read once for a statement, then asked by hash.


def _shared(who: Person) -> str:
    holders = ", ".join(f"'{each}'" for each in who.holders)
    return f"""
        SELECT record_id FROM record_share
        WHERE holder_id IN ({holders}) AND access IN ('read', 'write') AND (until IS NULL OR until >= '{who.today}')"""


def _taken_part_in(who: Person) -> str:
    return f"SELECT record_id FROM record_participant WHERE principal_id = '{who.id}'"


def _let_in(who: Person) -> str:
    """What is in sight whatever the scope."""
    return f"{_shared(who)} UNION ALL {_taken_part_in(who)}"


def _in_department_tree(who: Person, one: str, let_in: str = "") -> str:
    """The records of `one`, customers or opportunities, that somebody with the scope DEPARTMENT_TREE sees.

    The dozen departments as an array are found sooner than by hash (0.95 of it), the hundreds of shares are not.
    """
    return f"""(
        {one}.department_id = ANY (ARRAY(
            SELECT descendant_id FROM department_closure WHERE ancestor_id = '{who.department}'
        ))
        OR {one}.owner_id = '{who.id}'
        OR {one}.id IN ({let_in or _let_in(who)})
    )"""


def _related(who: Person) -> str:
    """The customers `c` of which one is owner or, being neither superior nor participant, of the same department.

    Of the five relations the first that holds counts, and of these two alone the fields are seen. What is compared with
    a missing owner or department is unknown, which is as good as false here.
    """
    return f"""(
        c.owner_id = '{who.id}'
        OR c.department_id = '{who.department}'
            AND (c.owner_id IN (SELECT subordinate_id FROM superior_closure WHERE superior_id = '{who.id}')) IS NOT TRUE
            AND c.id NOT IN ({_taken_part_in(who)})
    )"""


# How values are written. to_json() escapes a text; what needs no escaping (ids, numbers, times, the words of code) is
# put in as it is. A moment has no zeros behind, as Postgres writes it; the session's zone is UTC, as the server's is.


def _text(column: str) -> str:
    return f"coalesce(to_json({column})::text, 'null')"


def _moment(column: str) -> str:
    return f"replace({column}::timestamp::text, ' ', 'T'), 'Z'"


def _money(column: str) -> str:
    amount = f"""'{{"amount":"', trim_scale({column}), '","currency":"', {column}_currency, '"}}'"""
    return f"CASE WHEN {column} IS NULL THEN 'null' ELSE concat({amount}) END"


def _list(root: str, rows: str) -> str:
    """A statement that answers with the nodes that these rows are the texts of."""
    return f""" SELECT concat('{{"{root}":{{"nodes":[', array_to_string(ARRAY({rows}), ','), ']}}}}')"""


_CUSTOMER = f"""concat(
        '{{"id":"', c.id,
        '","name":', to_json(c.name),
        ',"code":', {_text("c.code")},
        ',"kind":"', upper(c.kind),
        '","language":', {_text("c.language")},
        ',"employeeCount":', coalesce(c.employee_count::text, 'null'),
        ',"createdAt":"', {_moment("c.created_at")},
        '","annualRevenue":', {_money("c.annual_revenue")},
        '}}'
    )"""


def _customers(who: Person) -> str:
    """Two thirds of it is the walk along the index of names, of which every eighth customer is one of these.

    A row by concat(): with json_object() for its five texts, opened again for the rest, it takes 1.05; string_agg()
    in the place of ARRAY(), and `||` in that of the inner concat(), take the same.
    """
    return _list(
        "customers",
        f"""
    SELECT {_CUSTOMER}
    FROM customer AS c
    WHERE c.language_folded = $1 AND c.deleted_at IS NULL AND {_in_department_tree(who, "c")}
    ORDER BY c.name_sort, c.id
    LIMIT 100
""",
    )


_LINE = f"""concat(
        '{{"quantity":"', trim_scale(l.quantity),
        '","unitPrice":', {_money("l.unit_price")},
        ',"product":', CASE WHEN p.id IS NULL THEN 'null'
            ELSE concat('{{"id":"', p.id, '","name":', to_json(p.name), '}}') END,
        '}}'
    )"""
_OPPORTUNITY = f"""concat(
        '{{"id":"', o.id,
        '","name":', to_json(o.name),
        ',"stage":"', upper(o.stage),
        '","amount":', {_money("o.amount")},
        ',"lines":[', array_to_string(ARRAY(
            SELECT {_LINE}
            FROM opportunity_line AS l
            LEFT JOIN product AS p ON p.id = l.product_id AND p.deleted_at IS NULL
            WHERE l.opportunity_id = o.id AND l.deleted_at IS NULL
            ORDER BY l.position, l.id
        ), ','), ']}}'
    )"""
_CONTACT = f"""concat(
        '{{"id":"', k.id,
        '","name":', to_json(k.name),
        ',"jobTitle":', {_text("k.job_title")},
        ',"email":', {_text("k.email")},
        '}}'
    )"""


def _overview(who: Person) -> str:
    """Whoever sees a customer sees its contacts, for the right reaches as far: nothing is asked of them again.

    What is shared is asked of customers and of opportunities, and read once for both (0.96 of reading it twice). Leaves
    as json_object(), products by a subselect, amounts by `||`: each the same within a hundredth.
    """
    let_in = "SELECT record_id FROM let_in"
    rows = f"""
    SELECT concat(
        '{{"id":"', c.id,
        '","name":', to_json(c.name),
        ',"owner":', CASE WHEN e.id IS NULL THEN 'null'
            ELSE concat('{{"id":"', e.id, '","name":', to_json(e.name), '}}') END,
        ',"contacts":{{"nodes":[', array_to_string(ARRAY(
            SELECT {_CONTACT}
            FROM contact AS k
            WHERE k.customer_id = c.id AND k.deleted_at IS NULL
            ORDER BY k.name_sort, k.id
            LIMIT 5
        ), ','),
        ']}},"opportunities":{{"nodes":[', array_to_string(ARRAY(
            SELECT {_OPPORTUNITY}
            FROM opportunity AS o
            WHERE o.customer_id = c.id AND o.deleted_at IS NULL AND {_in_department_tree(who, "o", let_in)}
            ORDER BY o.created_at DESC NULLS LAST, o.id
            LIMIT 5
        ), ','), ']}}}}'
    )
    FROM (
        SELECT c.id, c.name, c.name_sort, c.owner_id
        FROM customer AS c
        WHERE c.language_folded = $1 AND c.deleted_at IS NULL AND {_in_department_tree(who, "c", let_in)}
        ORDER BY c.name_sort, c.id
        LIMIT 50
    ) AS c
    LEFT JOIN employee AS e ON e.id = c.owner_id AND e.deleted_at IS NULL
    ORDER BY c.name_sort, c.id
"""
    return f"WITH let_in AS MATERIALIZED ({_let_in(who)}){_list('customers', rows)}"


def _customer(who: Person) -> str:
    """No row where there is none in sight: a subselect with coalesce() around it takes 1.15 of it."""
    return f"""
SELECT concat(
    '{{"customer":{{"id":"', c.id,
    '","name":', to_json(c.name),
    ',"code":', {_text("c.code")},
    ',"kind":"', upper(c.kind),
    '","language":', {_text("c.language")},
    ',"website":', {_text("c.website")},
    ',"employeeCount":', coalesce(c.employee_count::text, 'null'),
    ',"foundedYear":', coalesce(c.founded_year::text, 'null'),
    ',"createdAt":"', {_moment("c.created_at")},
    '","annualRevenue":', {_money("c.annual_revenue")},
    '}}}}'
)
FROM customer AS c
WHERE c.id = $1 AND c.deleted_at IS NULL AND {_in_department_tree(who, "c")}"""


def _relational(who: Person) -> str:
    """The relation is asked once of each record of the page: in each of the three fields it takes 1.02 of it, and two
    whole rows, with and without what is hidden, 1.06.
    """
    return _list(
        "customers",
        f"""
    SELECT concat(
        '{{"id":"', c.id,
        '","name":', to_json(c.name),
        ',"code":', {_text("c.code")},
        ',"kind":"', upper(c.kind),
        '","phone":', CASE WHEN c.related THEN {_text("c.phone")} ELSE 'null' END,
        ',"taxNo":', CASE WHEN c.related THEN {_text("c.tax_no")} ELSE 'null' END,
        ',"createdAt":"', {_moment("c.created_at")},
        '","annualRevenue":', CASE WHEN c.related THEN {_money("c.annual_revenue")} ELSE 'null' END,
        '}}'
    )
    FROM (
        SELECT c.*, {_related(who)} AS related
        FROM customer AS c
        WHERE c.language_folded = $1 AND c.deleted_at IS NULL AND {_in_department_tree(who, "c")}
        ORDER BY c.name_sort, c.id
        LIMIT 100
    ) AS c
    ORDER BY c.name_sort, c.id
""",
    )


def _own_customers(who: Person) -> str:
    """The ids of what is shared first, as an array: then one look into the indexes of owner and id finds all.

    A union of the ids of each way in takes 1.9 of it, a union of their records 1.4.
    """
    return _list(
        "customers",
        f"""
    SELECT {_CUSTOMER}
    FROM customer AS c
    WHERE c.language_folded = $1 AND c.deleted_at IS NULL
        AND (c.owner_id = '{who.id}' OR c.id = ANY (ARRAY({_let_in(who)})))
    ORDER BY c.name_sort, c.id
    LIMIT 100
""",
    )


def _richest(who: Person) -> str:
    """A hidden value fulfils no filter: only the related customers are read, by the indexes of owner and department.

    Both branches in order, each with its limit, and the ids first with what is shown behind them take 1.2 of it.
    """
    return _list(
        "customers",
        f"""
    SELECT {_CUSTOMER}
    FROM customer AS c
    WHERE c.deleted_at IS NULL AND c.annual_revenue_base > $1::numeric AND {_related(who)}
    ORDER BY c.annual_revenue_base DESC NULLS LAST, c.id
    LIMIT 100
""",
    )


def _pipeline(who: Person) -> str:
    """Straight to the months: by day first, where a month is then found a hundred times less often, takes 1.1 of it."""
    return _list(
        "opportunityGroups",
        f"""
    SELECT concat(
        '{{"keys":{{"stage":"', upper(stage),
        '","closeOn":', coalesce('"' || month || '"', 'null'),
        '}},"count":', found,
        ',"aggregate":{{"amount":{{"sum":{{"amount":', coalesce('"' || trim_scale(amount) || '"', 'null'), '}}}}}}}}'
    )
    FROM (
        SELECT
            o.stage, date_trunc('month', o.close_on::timestamp)::date AS month,
            count(*) AS found, sum(o.amount_base) AS amount
        FROM opportunity AS o
        WHERE o.deleted_at IS NULL AND {_in_department_tree(who, "o")}
        GROUP BY o.stage, month
        ORDER BY found DESC, o.stage, month NULLS LAST
        LIMIT 500
    ) AS by_month
    ORDER BY found DESC, stage, month NULLS LAST
""",
    )


def _language(variables: Variables) -> list[bytes | None]:
    return [fold(variables["language"]).encode()]


def _id(variables: Variables) -> list[bytes | None]:
    return [variables["id"].encode()]


def _least(variables: Variables) -> list[bytes | None]:
    return [variables["least"].encode()]


def _nothing(_: Variables) -> list[bytes | None]:
    return []


QUERIES = {
    "q1": Floor(_customers, _language),
    "q2": Floor(_overview, _language),
    "q3": Floor(_customer, _id, b'{"customer":null}'),
    "q4": Floor(_relational, _language),
    "q5": Floor(_own_customers, _language),
    "q6": Floor(_richest, _least),
    "q7": Floor(_pipeline, _nothing),
}
