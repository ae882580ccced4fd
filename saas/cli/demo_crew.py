"""Makes the companies of a demo in two processes: they have nothing to do with each other, and there are two cores."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from saas.cli.demo_part import FAILED, MADE, TELL, WRITTEN, wish_as_text
from saas.cli.demo_report import DemoTenant, tenants_from_json
from saas.cli.demo_wish import SHARED_DATA, DemoWish
from saas.cli.embedded.supervisor import leashed
from saas.kit.errors import Unavailable

CREWS = 2
_ENDED = "ended"
Said = tuple[str, "_Crew", list[str | int]]


@dataclass(slots=True)
class _Crew:
    """One process with the companies that it makes."""

    slugs: Sequence[str]
    process: subprocess.Popen[str]
    failure: tuple[str, str] = ("", "")
    made: list[DemoTenant] = field(default_factory=list)

    def listen(self, to: "SimpleQueue[Said]") -> None:
        """Pass on what it says, line by line, and at last that it has ended."""
        with self.process:
            for line in self.process.stdout or ():
                kind, *rest = json.loads(line)
                to.put((kind, self, rest))
        to.put((_ENDED, self, []))


def build_at_once(
    wish: DemoWish, tell: Callable[[str], None], written: Callable[[int, int], None], data_root: Path = SHARED_DATA
) -> tuple[DemoTenant, ...]:
    """Make every company that is wished for; they come back in the order of the wish.

    `written` is told of customers and records. Unavailable where one cannot be made; the processes end with this one.
    """
    slugs = wish.companies(data_root)
    shares = [share for share in (slugs[number::CREWS] for number in range(CREWS)) if share]
    said: SimpleQueue[Said] = SimpleQueue()
    crews = [_begun(wish, share, data_root) for share in shares]
    listeners = [threading.Thread(target=crew.listen, args=(said,), daemon=True) for crew in crews]
    try:
        for each in listeners:
            each.start()
        _follow(said, len(crews), tell, written)
    finally:
        for crew in crews:
            crew.process.kill()
            crew.process.wait()
        for each in listeners:
            each.join()
    made = {tenant.slug: tenant for crew in crews for tenant in crew.made}
    return tuple(made[slug] for slug in slugs)


def _begun(wish: DemoWish, slugs: Sequence[str], data_root: Path) -> _Crew:
    command = [sys.executable, "-m", "saas.cli.demo_part", wish_as_text(wish, data_root), *slugs]
    return _Crew(slugs, subprocess.Popen(leashed(command), stdout=subprocess.PIPE, text=True, encoding="utf-8"))


def _follow(
    said: "SimpleQueue[Said]", working: int, tell: Callable[[str], None], written: Callable[[int, int], None]
) -> None:
    while working:
        kind, crew, rest = said.get()
        if kind == TELL:
            tell(str(rest[0]))
        elif kind == WRITTEN:
            written(int(rest[0]), int(rest[1]))
        elif kind == MADE:
            crew.made += tenants_from_json(str(rest[0]))
        elif kind == FAILED:
            crew.failure = str(rest[0]), str(rest[1] or "")
        else:
            working -= 1
            if len(crew.made) < len(crew.slugs):
                told, remedy = crew.failure
                missing = ", ".join(slug for slug in crew.slugs if slug not in {each.slug for each in crew.made})
                raise Unavailable(told or f"The process that made {missing} has ended.", remedy=remedy)
