"""A new password, whichever way it comes: what the rules say of it, and what happens once it is set."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, delete, insert, or_, select, update

from saas.kit.clock import now
from saas.kit.ids import FORMER_PASSWORD, new_id
from saas.kit.text import fold
from saas.tenants.directory import rows
from saas.tenants.directory_tables import membership, person
from saas.tenants.identity.common_passwords import is_common
from saas.tenants.identity.policy import Policy, strictest
from saas.tenants.identity.sessions import sessions_end
from saas.tenants.identity_tables import session
from saas.tenants.membership import end_sign_ins
from saas.tenants.oauth_tables import authorization
from saas.tenants.passwords import LONGEST, hashed, is_right
from saas.tenants.sign_in_tables import password_history

MOST_KEPT = 24  # former passwords: as many as a policy may ask for
_SHORTEST_NAME = 4
# Names may be in a password, as in a sentence, but do not count: so many other letters must be there.
_LEAST_LEFT = 5
_SENTENCES = {
    "password_length": "A password has {least} to {most} characters.",
    "password_classes": "Of small letters, capitals, digits and other characters, {least} kinds must be there.",
    "password_common": "This password is one of those that are guessed first.",
    "password_named": "The password is little more than your name, your address or the name of your company.",
    "password_same": "This is the password that you have now.",
    "password_former": "This is one of the last {last} passwords.",
}


@dataclass(frozen=True, slots=True)
class Unmet:
    """A rule that a password does not meet. `key` names its words on pages, `values` are filled into them."""

    key: str
    values: dict[str, object] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The rule in English, for messages."""
        return _SENTENCES[self.key].format(**self.values)


def check_password(
    person_id: UUID | None, password: str, policies: Collection[Policy], names: Iterable[str]
) -> list[Unmet]:
    """Every rule that the password does not meet; none: it may be set.

    person_id  whose former passwords count; None where the person is new
    policies   of all tenants of the person: of each rule the strictest holds
    names      of the person and the tenants, and the address: what is in the password beside them must be enough
    """
    rules = strictest(policies)
    unmet = [*_form(password, rules), *_guessable(password, names)]
    # Former ones cost a tenth of a second each to compare, so they come last.
    return unmet if unmet or person_id is None else [*_former(person_id, password, rules.password_history)]


def password_set(connection: Connection, person_id: UUID, password: str, *, keep: UUID | None = None) -> None:
    """Make this the password: failures are forgotten; sessions but `keep`, tokens and what apps were given end."""
    former = connection.execute(select(person.c.password_hash).where(person.c.id == person_id).with_for_update())
    _remember(connection, person_id, former.scalar_one())
    connection.execute(
        update(person)
        .where(person.c.id == person_id)
        .values(password_hash=hashed(password), password_set_at=now(), failures=0, failed_at=None)
    )
    _end_what_was_open(connection, person_id, keep)


def _form(password: str, rules: Policy) -> Iterator[Unmet]:
    if not rules.password_length <= len(password) <= LONGEST:
        yield Unmet("password_length", {"least": rules.password_length, "most": LONGEST})
    if _classes(password) < rules.password_classes:
        yield Unmet("password_classes", {"least": rules.password_classes})


def _classes(password: str) -> int:
    """How many kinds of characters are in it; letters without case, as the Chinese ones, are others."""
    return len({1 if c.islower() else 2 if c.isupper() else 3 if c.isdigit() else 4 for c in password})


def _guessable(password: str, names: Iterable[str]) -> Iterator[Unmet]:
    if is_common(password):
        yield Unmet("password_common")
    text = left = _plain(password)
    for part in sorted(_parts(names), key=len, reverse=True):
        left = left.replace(part, "")
    if left != text and (sum(map(str.isalpha, left)) < _LEAST_LEFT or is_common(left)):
        yield Unmet("password_named")


def _parts(names: Iterable[str]) -> Iterator[str]:
    """What of the names is long enough to be told from chance: each word and all in a row; two Chinese characters."""
    for name in names:
        before, *_ = name.partition("@")
        words = [_plain(word) for word in before.replace(".", " ").replace("-", " ").replace("_", " ").split()]
        for part in {*words, "".join(words)}:
            if len(part) >= (_SHORTEST_NAME if part.isascii() else 2):
                yield part


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, fold(text)))


def _former(person_id: UUID, password: str, last: int) -> Iterator[Unmet]:
    current = rows(select(person.c.password_hash).where(person.c.id == person_id))
    if current and current[0].password_hash and is_right(password, current[0].password_hash):
        yield Unmet("password_same")
        return
    query = select(password_history.c.password_hash).where(password_history.c.person_id == person_id)
    kept = rows(query.order_by(password_history.c.id.desc()).limit(last)) if last else []
    if any(is_right(password, row.password_hash) for row in kept):
        yield Unmet("password_former", {"last": last})


def _remember(connection: Connection, person_id: UUID, former: str | None) -> None:
    if former is None:
        return
    values = {"id": new_id(FORMER_PASSWORD), "person_id": person_id, "password_hash": former, "ended_at": now()}
    connection.execute(insert(password_history).values(values))
    mine = select(password_history.c.id).where(password_history.c.person_id == person_id)
    too_many = mine.order_by(password_history.c.id.desc()).offset(MOST_KEPT)
    connection.execute(delete(password_history).where(password_history.c.id.in_(too_many)))


def _end_what_was_open(connection: Connection, person_id: UUID, keep: UUID | None) -> None:
    mine = list(connection.execute(select(membership.c.id).where(membership.c.person_id == person_id)).scalars())
    end_sign_ins(connection, mine)
    sessions_end(connection, person_id, *([session.c.id != keep] if keep else []))
    is_kept = authorization.c.session_id == keep if keep else None
    others = [] if is_kept is None else [or_(authorization.c.session_id.is_(None), ~is_kept)]
    given = update(authorization).where(authorization.c.membership_id.in_(mine), authorization.c.ended_at.is_(None))
    connection.execute(given.where(*others).values(ended_at=now()))
