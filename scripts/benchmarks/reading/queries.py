"""What is asked, as GraphQL with variables: 200 sets of them in turn, so that no answer is the one before."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from saas.kit.text import fold

SETS = 200


@dataclass(frozen=True)
class Query:
    """One query of the table: its text, who asks it in which tenant, and the file of variables that it takes."""

    text: str
    person: str
    tenant: str
    variables: str


LIST = """
query Customers($language: String!) {
  customers(filter: { language: { eq: $language } }, orderBy: [{ name: ASC }], first: 100) {
    nodes { id name code kind language employeeCount createdAt annualRevenue { amount currency } }
  }
}"""
TREE = """
query Overview($language: String!) {
  customers(filter: { language: { eq: $language } }, orderBy: [{ name: ASC }], first: 50) {
    nodes {
      id
      name
      owner { id name }
      contacts(first: 5) { nodes { id name jobTitle email } }
      opportunities(first: 5) {
        nodes {
          id
          name
          stage
          amount { amount currency }
          lines { quantity unitPrice { amount currency } product { id name } }
        }
      }
    }
  }
}"""
ONE = """
query Customer($id: ID!) {
  customer(id: $id) {
    id name code kind language website employeeCount foundedYear createdAt annualRevenue { amount currency }
  }
}"""
RELATIONAL = """
query Customers($language: String!) {
  customers(filter: { language: { eq: $language } }, orderBy: [{ name: ASC }], first: 100) {
    nodes { id name code kind phone taxNo createdAt annualRevenue { amount currency } }
  }
}"""
RICHEST = """
query Richest($least: Decimal!) {
  customers(filter: { annualRevenue: { gt: $least } }, orderBy: [{ annualRevenue: DESC }], first: 100) {
    nodes { id name code kind language employeeCount createdAt annualRevenue { amount currency } }
  }
}"""
GROUPS = """
query Pipeline {
  opportunityGroups(by: [{ stage: VALUE }, { closeOn: MONTH }], first: 500) {
    nodes { keys { stage closeOn } count aggregate { amount { sum { amount } } } }
  }
}"""

QUERIES = {
    "q1": Query(LIST, "manager", "large", "language"),
    "q2": Query(TREE, "manager", "large", "language"),
    "q3": Query(ONE, "manager", "large", "id"),
    "q4": Query(RELATIONAL, "relational", "large", "language"),
    "q5": Query(LIST, "seller", "huge", "language"),
    "q6": Query(RICHEST, "auditor", "huge", "least"),
    "q7": Query(GROUPS, "manager", "large", "none"),
}


def variable_sets(query: Query, ids: Sequence[str]) -> list[dict[str, object]]:
    """The variables in turn; `ids` are customers that the person sees."""
    if query.variables == "language":
        return [{"language": each} for each in languages()]
    if query.variables == "id":
        return [{"id": each} for each in ids[:SETS]]
    if query.variables == "least":
        return [{"least": str(1_000_000 * number)} for number in range(SETS)]
    return [{}]


def languages() -> list[str]:
    """The four languages of the customers in fifty spellings each: a filter on a text compares it folded."""
    spellings: list[list[str]] = []
    for name in ("english", "german", "french", "chinese"):
        ways = itertools.product(*((letter, letter.upper()) for letter in name))
        spellings.append(["".join(way) for way in itertools.islice(ways, SETS // 4)])
    mixed = [each for four in zip(*spellings, strict=True) for each in four]
    if len({fold(each) for each in mixed}) != len(spellings) or len(set(mixed)) != SETS:
        raise RuntimeError("The spellings are not those of four languages.")
    return mixed
