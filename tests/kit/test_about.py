"""Facts of a request are seen by all who work on it, and by nobody else."""

import contextvars
import threading

from saas.kit import about


def test_what_a_thread_notes_is_seen_by_the_door() -> None:
    def request() -> dict[str, str]:
        facts = about.start(request_id="1")
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(lambda: about.note(tenant="acme"),))
        thread.start()
        thread.join()
        return facts

    assert contextvars.copy_context().run(request) == {"request_id": "1", "tenant": "acme"}


def test_outside_of_a_request_there_are_no_facts() -> None:
    def outside() -> dict[str, str]:
        about.note(tenant="acme")
        return about.facts()

    assert contextvars.Context().run(outside) == {}


def test_two_requests_know_nothing_of_each_other() -> None:
    first, second = contextvars.Context(), contextvars.Context()
    first.run(about.start, tenant="acme")
    second.run(about.start, tenant="rival")
    assert first.run(about.facts) == {"tenant": "acme"}
    assert second.run(about.facts) == {"tenant": "rival"}
