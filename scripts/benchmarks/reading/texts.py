"""Query texts that nobody sent before: of the sizes of Q1 and Q2, each with fields, aliases and orders of its own."""

from random import Random

VARIABLES = {"language": "Köln"}
_CUSTOMER = (
    "id name code kind phone language website employeeCount foundedYear createdAt updatedAt taxNo bank fax mobile"
    " email legalPerson isPotential isPartner annualRevenue{amount,currency} creditLimit{amount,currency}"
)
_CONTACT = "id name code jobTitle email phone mobile birthday isPrimary preferences createdAt"
_OPPORTUNITY = "id name code stage probability engagedOn closeOn lostBecause createdAt amount{amount,currency}"
_LINE = "id quantity discount position description unitPrice{amount,currency} amount{amount,currency}"
_EMPLOYEE = "id name code email phone jobTitle hiredOn"
_PRODUCT = "id name code model series unit isDiscontinued"


def new_texts(seed: int, count: int) -> list[str]:
    """So many different texts, those of lists and those of trees in turn; the same for the same seed."""
    chance = Random(seed)
    return [_text(chance, f"T{seed}x{number}", is_tree=number % 2 == 1) for number in range(count)]


def _text(chance: Random, name: str, *, is_tree: bool) -> str:
    """A list of customers as Q1 asks for it, or one with what hangs on them, as Q2 does."""
    inside = _fields(chance, _CUSTOMER, 2 if is_tree else 8)
    if is_tree:
        lines = f"lines {{ {_fields(chance, _LINE, 2)} product {{ {_fields(chance, _PRODUCT, 2)} }} }}"
        opportunity = f"{_fields(chance, _OPPORTUNITY, 4)} {lines}"
        below = [
            f"owner {{ {_fields(chance, _EMPLOYEE, 2)} }}",
            f"contacts(first: {chance.randint(3, 9)}) {{ nodes {{ {_fields(chance, _CONTACT, 4)} }} }}",
            f"opportunities(first: {chance.randint(3, 9)}) {{ nodes {{ {opportunity} }} }}",
        ]
        chance.shuffle(below)
        inside += " " + " ".join(below)
    order = chance.choice(("name: ASC", "name: DESC", "createdAt: ASC", "code: DESC"))
    given = f"filter: {{ language: {{ eq: $language }} }}, orderBy: [{{ {order} }}], first: {chance.randint(3, 9)}"
    return f"query {name}($language: String!) {{ customers({given}) {{ nodes {{ {inside} }} }} }}"


def _fields(chance: Random, names: str, count: int) -> str:
    """Some of them in any order, the last under another name."""
    chosen = chance.sample(names.split(), count)
    chosen[-1] = f"a{chance.randrange(10_000)}: {chosen[-1]}"
    return " ".join(each.replace("{", " { ").replace("}", " }").replace(",", " ") for each in chosen)
