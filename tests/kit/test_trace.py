"""Where a request stands in its trace; without a collector nothing is recorded and nothing heavy is imported."""

import subprocess
import sys

import pytest

from saas.kit import about, trace
from saas.kit.settings import settings

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = f"00-{TRACE}-{SPAN}-01"


def test_a_client_that_tells_its_trace_is_followed_but_does_not_choose_what_is_recorded() -> None:
    place = trace.begin(GIVEN)
    assert (place.trace_id, place.span_id, place.is_sampled) == (TRACE, SPAN, False)
    assert trace.traceparent() == f"00-{TRACE}-{SPAN}-00"


@pytest.mark.parametrize(
    "given",
    [
        "", "nonsense", GIVEN.upper(), GIVEN[:-1], f"ff-{TRACE}-{SPAN}-01", f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01", GIVEN + "-more", "00-" + "4" * 5000, GIVEN + "\n",
    ],
)  # fmt: skip
def test_what_is_no_traceparent_begins_a_trace_of_its_own(given: str) -> None:
    place = trace.begin(given)
    assert place.trace_id != TRACE
    assert len(place.trace_id) == 32
    assert trace.parsed(trace.traceparent()) is not None


def test_a_later_version_is_understood_as_far_as_it_is_known() -> None:
    assert trace.begin(f"01-{TRACE}-{SPAN}-01-more").trace_id == TRACE


def test_two_requests_are_two_traces() -> None:
    assert trace.begin().trace_id != trace.begin().trace_id


def test_a_job_goes_on_with_the_trace_of_its_request_and_says_so() -> None:
    facts = about.start(task="mail_send")
    trace.begin()
    before = trace.traceparent()
    with trace.continued(GIVEN, since=3.0):
        assert trace.traceparent() == GIVEN
        assert facts == {"task": "mail_send", "trace_id": TRACE}
    assert trace.parsed(trace.traceparent()) == trace.parsed(before)


def test_a_job_long_after_is_a_trace_of_its_own_linked_to_the_request() -> None:
    with trace.continued(GIVEN, since=trace.LONG_AFTER + 1):
        here = trace.here()
        assert here is not None
        assert here.trace_id != TRACE
        assert here.link == trace.Place(TRACE, SPAN, is_sampled=True)
        assert here.is_sampled  # what was recorded of the request is recorded of what follows


def test_a_job_that_was_told_nothing_begins_a_trace() -> None:
    with trace.continued(None):
        assert trace.here() is not None


def test_without_a_collector_a_span_is_nothing() -> None:
    trace.init(settings())
    place = trace.begin(GIVEN)
    with trace.span("transaction", write=True) as span:
        span.note(rows=3)
        assert trace.here() == place
        assert not trace.is_recorded()


def test_without_a_collector_nothing_heavy_is_imported() -> None:
    program = (
        "import sys; from saas.kit import trace; trace.begin(); "
        "print(*(each for each in sys.modules if each.startswith(('opentelemetry', 'google', 'requests'))))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "\n")
