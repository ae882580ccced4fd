"""Who may do what, said again in plain Python from the design: not a word of it comes from the kernel.

Everything works on the plain data of `tests.oracle.table`: nothing here may import from the product.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

HIDDEN, MASKED, READ, WRITE = "hidden", "masked", "read", "write"
LEVELS = (HIDDEN, MASKED, READ, WRITE)
RELATIONS = ("owner", "superior", "participant", "same_department", "others")
ROWS = "*"


@dataclass(frozen=True)
class Role:
    """What a role grants.

    rights  how far it reaches, by (object, operation); `*` is any
    limits  what is less than write, by (object, group, relation, stage); the group `*` is the record itself
    """

    rights: Mapping[tuple[str, str], tuple[str, ...]]
    limits: Mapping[tuple[str, str, str, str | None], str] = field(default_factory=dict)

    def scopes(self, one: str, operation: str) -> set[str]:
        keys = [(o, p) for o in (one, "*") for p in (operation, "*")]
        return {scope for key in keys for scope in self.rights.get(key, ())}


@dataclass(frozen=True)
class Person:
    name: str
    department: str
    roles: tuple[str, ...]
    superior: str | None = None
    region: str | None = None
    line: str | None = None
    stands_in_for: tuple[str, ...] = ()

    def owns(self, at: "Thing") -> bool:
        """Whether it is theirs, or that of somebody for whom they stand in."""
        return at.owner is not None and at.owner in (self.name, *self.stands_in_for)


@dataclass(frozen=True)
class Share:
    holder: str
    access: str
    has_ended: bool = False


@dataclass(frozen=True)
class Thing:
    """A record. What belongs to another one (`of`) has no place of its own: that of the other counts."""

    object: str
    name: str
    owner: str | None = None
    department: str | None = None
    region: str | None = None
    line: str | None = None
    stage: str | None = None
    shares: tuple[Share, ...] = ()
    participants: tuple[str, ...] = ()
    is_deleted: bool = False
    of: "Thing | None" = None

    @property
    def place(self) -> "Thing":
        return self.of or self


@dataclass(frozen=True)
class Company:
    """Its people and roles by name, and its trees: each department and region with the one above it."""

    people: Mapping[str, Person]
    roles: Mapping[str, Role]
    departments: Mapping[str, str | None]
    regions: Mapping[str, str | None]

    def roles_of(self, person: Person) -> list[Role]:
        return [self.roles[name] for name in person.roles]

    def may(self, person: Person, one: str, operation: str) -> bool:
        """The functional permission: some role grants the operation at all."""
        return any(role.scopes(one, operation) for role in self.roles_of(person))

    def reaches(self, person: Person, operation: str, thing: Thing) -> bool:
        """Rights add up: one role that reaches the record is enough."""
        return any(self._reaches(role, person, operation, thing) for role in self.roles_of(person))

    def sees(self, person: Person, thing: Thing) -> bool:
        return self.reaches(person, "read", thing)

    def access(self, person: Person, thing: Thing, group: str, operation: str = "read") -> str:
        """The most that a role gives which so reaches the record; of the limits of one role the least counts."""
        given = [HIDDEN]
        for role in self.roles_of(person):
            if self._reaches(role, person, operation, thing):
                relation = self.relation(person, thing)
                told = [role.limits.get((thing.object, group, relation, stage), WRITE) for stage in (None, thing.stage)]
                given.append(min(told, key=LEVELS.index))
        return max(given, key=LEVELS.index)

    def reads(self, person: Person, thing: Thing, group: str) -> bool:
        return self.access(person, thing, group) in (READ, WRITE)

    def writes(self, person: Person, thing: Thing, group: str, operation: str = "update") -> bool:
        """Nobody changes what they do not see; what one is about to make one sees."""
        sees = operation == "create" or self.reads(person, thing, group)
        return sees and self.access(person, thing, group, operation) == WRITE

    def is_hidden_everywhere(self, person: Person, one: str, group: str) -> bool:
        """Whether no role that may read such records shows the group in any relation and state."""
        return not any(
            role.limits.get((one, group, relation, None), WRITE) in (READ, WRITE)
            for role in self.roles_of(person)
            for relation in RELATIONS
            if role.scopes(one, "read")
        )

    def relation(self, person: Person, thing: Thing) -> str:
        """What the viewer is to the record: the first that holds."""
        at = thing.place
        if person.owns(at):
            return "owner"
        if at.owner is not None and person.name in self._superiors(at.owner):
            return "superior"
        if person.name in at.participants:
            return "participant"
        return "same_department" if at.department == person.department else "others"

    def _reaches(self, role: Role, person: Person, operation: str, thing: Thing) -> bool:
        scopes = role.scopes(thing.object, operation)
        if not scopes:
            return False
        if "all" in scopes:
            return True
        return any(self._ways(role, scopes, person, operation, thing))

    def _ways(self, role: Role, scopes: set[str], person: Person, operation: str, thing: Thing) -> Iterator[bool]:
        """Each way by which a role brings a record into reach; one's own is always within it."""
        at = thing.place
        yield person.owns(at)
        if "own_and_subordinates" in scopes:
            yield at.owner is not None and person.name in self._superiors(at.owner)
        if "department" in scopes:
            yield at.department == person.department
        if "department_tree" in scopes:
            yield _is_under(self.departments, at.department, person.department)
        if "region_tree" in scopes and person.region:
            yield _is_under(self.regions, at.region, person.region)
        if "business_line" in scopes and person.line:
            yield at.line == person.line
        yield self._is_shared(person, operation, at)
        if operation in ("read", "export") and person.name in at.participants:
            yield role.limits.get((at.object, ROWS, "participant", at.stage)) != HIDDEN

    def _is_shared(self, person: Person, operation: str, at: Thing) -> bool:
        accesses = {"read": ("read", "write"), "export": ("read", "write"), "update": ("write",)}.get(operation, ())
        holders = {person.name, *person.roles, *_upwards(self.departments, person.department)}
        return any(s.holder in holders and s.access in accesses and not s.has_ended for s in at.shares)

    def _superiors(self, name: str) -> set[str]:
        found, above = set(), self.people[name].superior
        while above is not None:
            found.add(above)
            above = self.people[above].superior
        return found


def _upwards(tree: Mapping[str, str | None], name: str) -> list[str]:
    above = tree[name]
    return [name, *(_upwards(tree, above) if above else ())]


def _is_under(tree: Mapping[str, str | None], name: str | None, top: str) -> bool:
    return name is not None and top in _upwards(tree, name)
