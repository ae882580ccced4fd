"""The data folder keeps its secrets to its owner and takes back what killed runs left."""

import os
import subprocess
import sys
from pathlib import Path

from saas.cli.embedded.folder import DataFolder, Remembered, temporary_folder


def test_a_new_folder_and_its_secrets_are_the_owner_s_only(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "new").hold()
    folder.remember(Remembered(postgres_password="p", valkey_password="v"))
    folder.release()
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert (folder.path / "servers.json").stat().st_mode & 0o777 == 0o600
    assert DataFolder(folder.path).remembered() == Remembered(postgres_password="p", valkey_password="v")


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    DataFolder(tmp_path).hold().release()
    assert tmp_path.stat().st_mode & 0o777 == 0o750


def test_what_a_killed_run_left_is_removed_and_what_runs_is_not() -> None:
    kind = f"kind{os.getpid()}"
    left, held = temporary_folder(kind), temporary_folder(kind)
    holder = DataFolder(held).hold()
    take_and_die = "import sys; from pathlib import Path; from saas.cli.embedded.folder import DataFolder as F; "
    subprocess.run([sys.executable, "-c", take_and_die + "F(Path(sys.argv[1])).hold()", left], check=True)
    third = temporary_folder(kind)
    assert [left.exists(), held.exists(), third.exists()] == [False, True, True]
    holder.release()
    DataFolder(third).hold().release()
    fourth = temporary_folder(kind)
    assert [held.exists(), third.exists()] == [False, False]
    fourth.rmdir()
