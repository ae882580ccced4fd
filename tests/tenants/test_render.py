"""Revisions become statements once, exactly as Alembic would send them."""

from pathlib import Path

import pytest

from saas.kit.errors import BadConfig
from saas.tenants.branches import DIRECTORY, PLATFORM, TENANT, Branch, head
from saas.tenants.render import revisions

REVISION = '''"""{title}."""
from alembic import op
revision = {revision!r}
down_revision = {before!r}
check = "select true"
def upgrade() -> None:
    op.execute("UPDATE stamp SET state = '50%' WHERE state LIKE 'a%' AND tenant_id::text <> ':x'")
    op.execute("CREATE TABLE a (b text DEFAULT 'x;y')")
'''


def made(folder: Path, *files: tuple[str, str, str | None]) -> Branch:
    (folder / "versions").mkdir()
    for name, revision, before in files:
        text = REVISION.format(title=name, revision=revision, before=before)
        (folder / "versions" / name).write_text(text)
    return Branch("tenant", folder)


def test_statements_come_one_by_one_and_unchanged(tmp_path: Path) -> None:
    (only,) = revisions(made(tmp_path, ("0001_one.py", "0001", None)))
    assert only.statements == (
        "UPDATE stamp SET state = '50%' WHERE state LIKE 'a%' AND tenant_id::text <> ':x'",
        "CREATE TABLE a (b text DEFAULT 'x;y')",
    )
    assert (only.number, only.title, only.check) == (1, "0001_one.py.", "select true")


@pytest.mark.parametrize("branch", [DIRECTORY, PLATFORM, TENANT], ids=lambda branch: branch.name)
def test_every_branch_can_be_rendered(branch: Branch) -> None:
    rendered = revisions(branch)
    assert [revision.number for revision in rendered] == list(range(1, branch.head + 1))
    assert all(revision.statements for revision in rendered)


def test_the_programs_version_is_the_newest_of_the_tenants_branch() -> None:
    assert head() == TENANT.head == revisions(TENANT)[-1].number


@pytest.mark.parametrize("names", [("0001_a.py", "0003_b.py"), ("0001_a.py", "0001_b.py"), ("0002_a.py",)])
def test_numbers_without_gap(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(BadConfig, match="are not numbered 0001, 0002"):
        _ = made(tmp_path, *((name, name[:4] + name[5], None) for name in names)).head


def test_a_revision_out_of_order_is_refused(tmp_path: Path) -> None:
    branch = made(tmp_path, ("0001_a.py", "0001", None), ("0002_b.py", "2", "0001"))
    with pytest.raises(BadConfig, match="is out of order"):
        revisions(branch)
