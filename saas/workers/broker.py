"""Dramatiq on Redis: transport only, so everything that would make a message outlive its job is left out."""

import logging
import secrets
from threading import Event
from typing import Any
from uuid import UUID

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import BrokerConnectionError
from redis.backoff import NoBackoff
from redis.retry import Retry

BROKER_LOST = (redis.RedisError, OSError, BrokerConnectionError)


class JobConsumer(_RedisConsumer):
    """Fetches again as soon as a thread is free; dramatiq's own sleeps first (measured: half the jobs a second)."""

    def __init__(self, broker: RedisBroker, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)  # type: ignore[no-untyped-call]  # untyped there
        self._free = Event()

    def ack(self, message: dramatiq.MessageProxy) -> None:
        try:
            super().ack(message)  # type: ignore[no-untyped-call]  # untyped there
        finally:
            self._free.set()

    def __next__(self) -> dramatiq.MessageProxy | None:
        self._free.clear()
        if not self.message_cache and self.outstanding_message_count >= self.prefetch:
            self._free.wait(self.timeout / 1000)
            return None
        message: dramatiq.MessageProxy | None = super().__next__()  # type: ignore[no-untyped-call]  # untyped there
        return message


class JobBroker(RedisBroker):
    """A broker without delay queues: a job that is not due stays in Postgres."""

    @property
    def consumer_class(self) -> type[JobConsumer]:
        return JobConsumer

    def declare_queue(self, queue_name: str) -> None:
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            logging.getLogger(f"dramatiq.worker.ConsumerThread({queue_name})").addFilter(_is_news)
            self.emit_after("declare_queue", queue_name)

    def backlog(self, queue_name: str) -> int:
        """How many messages wait in this queue."""
        return int(self.client.llen(f"{self.namespace}:{queue_name}"))

    def waiting(self, queue_name: str) -> set[UUID]:
        """The jobs whose messages wait in this queue; of those sent together the first."""
        ids: list[Any] = self.client.lrange(f"{self.namespace}:{queue_name}", 0, -1)
        return {UUID(id_.decode().partition(":")[0]) for id_ in ids}

    def send(self, queue_name: str, tenant_id: UUID, job_ids: list[UUID]) -> None:
        """Tell some worker that jobs are due, which it may do together."""
        id_ = f"{job_ids[0]}:{secrets.token_hex(4)}"  # told apart from a message for the same job that was lost
        message = dramatiq.Message(  # type: ignore[var-annotated]  # nobody asks for its result
            queue_name=queue_name,
            actor_name="run_job",
            args=(str(tenant_id), *map(str, job_ids)),
            kwargs={},
            options={"redis_message_id": id_},
        )
        self.do_enqueue(queue_name, id_, message.encode())


def _is_news(record: logging.LogRecord) -> bool:
    """A lost Redis is told once, by the dispatcher, and not by every consumer every three seconds."""
    return not record.getMessage().startswith(("Consumer encountered a connection error", "Restarting consumer"))


def job_broker(url: str) -> JobBroker:
    """The broker: no retries, no age limit, no results, quick to find the messages of a worker that was killed."""
    client = redis.Redis.from_url(
        url,
        socket_connect_timeout=2,
        socket_timeout=5,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 0),
    )
    return JobBroker(  # type: ignore[no-untyped-call]  # dramatiq leaves its broker untyped
        client=client, middleware=[], heartbeat_timeout=15_000, maintenance_chance=200_000
    )
