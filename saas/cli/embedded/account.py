"""As whom Postgres runs, which refuses root: as we are, in a user namespace, or as nobody."""

import os
import shutil
import stat
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from saas.cli.embedded.folder import disk_full, is_disk_full
from saas.cli.embedded.programs import PostgresPrograms
from saas.kit.errors import BadConfig

NOBODY = 65534
# Seen from inside, root is user 1000; seen from outside, everything stays root's: nothing is created or chmod-ed.
_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


@dataclass(frozen=True, slots=True)
class Account:
    """How a command is started so that it does not run as root: behind `prefix`, or as user `uid`."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None

    @property
    def owner(self) -> int:
        """Whose the files of the server are, as seen from outside."""
        return os.geteuid() if self.uid is None else self.uid


def choose_account() -> Account:
    """As we are when we are not root; else a user namespace; else, where that is refused (every chroot), nobody."""
    if os.geteuid() != 0:
        return Account()
    return Account(prefix=_NAMESPACE) if _namespace_allowed() else Account(uid=NOBODY)


def _namespace_allowed() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*_NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


def make_runnable(programs: PostgresPrograms, account: Account, folder: Path) -> PostgresPrograms:
    """`programs` where the account can run them: copied below `folder` if it may not read them where they are."""
    if account.uid is None:
        return programs
    if everybody_may_enter(programs.bin):  # by their own path: that of a link may be closed
        return replace(programs, bin=programs.bin.resolve())
    # Named by the version, so that a newer package is not hidden by an older copy.
    copies = folder / "programs" / programs.version
    for source in programs.home:
        target = copies / source.name
        if source.is_dir() and not target.is_dir():
            _copy(source, target)
    for inner in (folder / "programs", copies):
        inner.chmod(0o755)
    return replace(programs, bin=copies / programs.bin.relative_to(programs.home[0].parent))


def hand_over(folder: Path, account: Account) -> None:
    """Make the account the owner of what is in `folder`, which an earlier run may have left to another one."""
    if os.geteuid() != 0 or folder.stat().st_uid == account.owner:
        return
    for top, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(top) / name, account.owner, account.owner, follow_symlinks=False)
    os.chown(folder, account.owner, account.owner)


def let_in(folder: Path, account: Account) -> None:
    """See to it that the account can reach `folder`, or say which folder above it is closed."""
    if account.uid is None:
        return
    folder.chmod(folder.stat().st_mode | stat.S_IXGRP | stat.S_IXOTH)
    for above in folder.resolve().parents:
        if not above.stat().st_mode & stat.S_IXOTH:
            raise BadConfig(
                f"Postgres must run as an ordinary user here, and {above} lets nobody but its owner in.",
                remedy="Give --data a folder that others may enter, such as one below /var/tmp.",
            )


def everybody_may_enter(folder: Path) -> bool:
    """Whether a user without any right of their own can read and run what is in `folder`."""
    resolved = folder.resolve()
    return all(above.stat().st_mode & stat.S_IXOTH for above in (resolved, *resolved.parents)) and all(
        file.stat().st_mode & stat.S_IROTH for file in resolved.iterdir()
    )


def _copy(source: Path, target: Path) -> None:
    """Under another name until it is whole; without what only those need who compile against it."""
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        shutil.copytree(source, partial, ignore=shutil.ignore_patterns("__pycache__", "include", "*.a", "doc"))
        _open_to_all(partial)
        partial.rename(target)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        if is_disk_full(error):
            raise disk_full(target.parent) from None
        raise


def _open_to_all(folder: Path) -> None:
    for top, _, files in os.walk(folder):
        Path(top).chmod(0o755)
        for name in files:
            path = Path(top) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
