"""Worker processes and a Valkey of their own, which a test may kill, stop and start as it likes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import redis

from saas.cli.embedded.ports import any_free_port
from saas.cli.embedded.programs import valkey_program
from saas.gateways.heartbeat import Heartbeats
from tests.workers.place import eventually

ROOT = Path(__file__).parents[2]


class Valkey:
    """Keeps nothing: what is killed comes back empty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = any_free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.client = redis.Redis.from_url(self.url, socket_timeout=1)
        self.start()

    def start(self) -> None:
        options = f"--port {self._port} --bind 127.0.0.1 --dir {self._folder} --appendonly no".split()
        command = [str(valkey_program()), *options, "--save", ""]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        eventually(self._answers)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False


class WorkerProcess:
    """One `saas worker`, as far as a test can see it: its pid, its log, its end."""

    def __init__(self, log: Path, redis_url: str, *arguments: str) -> None:
        self._log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.workers.worker_process", *arguments],
                cwd=ROOT,
                env={**os.environ, "SAAS_REDIS_URL": redis_url, "SAAS_LOG_LEVEL": "info"},
                stderr=out,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def said(self, words: str) -> int:
        """How often these words stand in its log."""
        return self._log.read_text().count(words)

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def ended(self, seconds: float = 15) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait(timeout=seconds)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.ended()


class Fleet:
    """The workers of one test file; `one` is whichever lives, so that tests need not start more than they kill."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.valkey = Valkey(folder)
        self._workers: list[WorkerProcess] = []

    def one(self) -> WorkerProcess:
        for worker in self._workers:
            if worker.lives:
                return worker
        return self.start()

    def start(self, *arguments: str) -> WorkerProcess:
        log = self._folder / f"worker-{len(self._workers)}.log"
        worker = WorkerProcess(log, self.valkey.url, *arguments)
        self._workers.append(worker)
        eventually(lambda: worker.said("worker ready") or not worker.lives, seconds=60)
        assert worker.lives, log.read_text()
        return worker

    def hearts(self) -> Heartbeats:
        return Heartbeats(self.valkey.url)

    def pids(self) -> set[int]:
        """The processes whose hearts beat."""
        return {int(heart.name.split(":")[1]) for heart in self.hearts().alive()}

    def end_workers(self) -> None:
        for worker in self._workers:
            if worker.lives:
                worker.kill()
        self.valkey.client.flushall()

    def end(self) -> None:
        self.end_workers()
        self.valkey.client.close()
        self.valkey.kill()
