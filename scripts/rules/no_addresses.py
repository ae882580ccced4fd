"""No file tells where packages came from or which machine it was written on: both differ for the next reader."""

import re
from collections.abc import Iterator

from scripts.rules.project import Finding, Project

REFUSED = {
    # The patterns are written so that they do not match this file.
    r"index[-_]url|find[-]links|(?:pypi|pythonhosted)[.]org|registry[.]npmjs|npm[m]irror": "the address of a registry",
    r"\"resolved\"\s*:\s*\"http|resolved \"http": "the address that a package was fetched from",
    r"(?<![\w.~*/}-])/(?:home|root|work|Users)/": "a path of one machine",
}
REMEDY = "Leave it to the machine's own configuration, or write a path relative to the checkout."


def check(project: Project) -> Iterator[Finding]:
    anything = re.compile("|".join(REFUSED))
    for path in project.paths:
        text = project.text(path) or ""
        if not anything.search(text):
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            for pattern, what in REFUSED.items():
                if re.search(pattern, line):
                    yield Finding(path, number, f"{what}. {REMEDY}")
