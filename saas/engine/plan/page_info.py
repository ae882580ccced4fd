"""Where a page lies in its list, as JSON: whether there is more on either side, and the cursors of its two ends."""

from saas.engine.plan.json_text import Form, Member, json_object, where
from saas.engine.plan.making import Making, Mend
from saas.engine.selection import Picked


def page_info(
    making: Making, picked: Picked, mend: Mend, size: int, is_after_others: bool, backwards: bool = False
) -> str:
    """An expression for it, inside a query of `page` with `found`, the number of rows read, and `k`, the keys of each.

    One row more than `size` is read. `is_after_others`: the page begins at a cursor, so that others were before it in
    the direction of reading.
    """
    ahead = f"CASE WHEN page.found > {size} THEN 'true' ELSE 'false' END"
    behind = "'true'" if is_after_others else "'false'"
    first, last = ("page.k[1]", f"page.k[least(page.found, {size})]") if size else ("NULL::json", "NULL::json")
    known = {
        "hasNextPage": behind if backwards else ahead,
        "hasPreviousPage": ahead if backwards else behind,
        "startCursor": last if backwards else first,
        "endCursor": first if backwards else last,
    }
    members = []
    for each in picked.children:
        if each.name == "__typename":
            members.append(Member(each.key, "'PageInfo'", Form.PLAIN, is_there=True))
        elif each.name.endswith("Cursor"):
            key = known[each.name]
            members.append(Member(each.key, where(f"{key} IS NOT NULL", making.mended(mend, key)), Form.JSON))
        else:
            members.append(Member(each.key, known[each.name], Form.JSON, is_there=True))
    return json_object(members)
