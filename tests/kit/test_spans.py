"""Spans as a collector gets them: of one trace, one inside the other, with names and ids only."""

from collections.abc import Iterator

import pytest

from saas.kit import about, trace
from saas.kit.errors import BadConfig
from saas.kit.settings import settings
from tests.kit.collector import Collector, collecting
from tests.tenants.place import with_settings

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = f"00-{TRACE}-{SPAN}-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Everything is recorded, for this collector."""
    with (
        collecting() as found,
        with_settings(SAAS_OTLP_ENDPOINT=found.url, SAAS_TRACE_RATIO="1", SAAS_OTLP_HEADERS="x-key=a%20b"),
    ):
        trace.init(settings())
        yield found
        trace.flush()


def test_spans_lie_inside_each_other_and_begin_with_the_id_that_the_log_has(collector: Collector) -> None:
    place = trace.begin()
    with trace.span("request", trace.Kind.SERVER) as outer:
        outer.note(door="graphql", http__response__status_code=200)
        with trace.span("transaction", trace.Kind.CLIENT, write=True):
            trace.note(rows=3)
    trace.flush()
    inner, outermost = collector.of(place.trace_id)
    assert (inner.name, inner.parent_id) == ("transaction", outermost.span_id)
    assert inner.attributes == {"atrium.write": True, "atrium.rows": 3}
    assert (outermost.name, outermost.parent_id, outermost.kind, outermost.service) == ("request", "", 2, "atrium")
    assert outermost.attributes == {"atrium.door": "graphql", "http.response.status_code": 200}
    assert collector.headers["x-key"] == "a b"


def test_what_a_client_began_is_the_parent(collector: Collector) -> None:
    trace.begin(GIVEN[:-1] + "0")
    with trace.span("request", trace.Kind.SERVER):
        told = trace.parsed(trace.traceparent())
    trace.flush()
    (span,) = collector.of(TRACE)
    assert span.parent_id == SPAN
    assert told == trace.Place(TRACE, span.span_id, is_sampled=True)


def test_of_an_error_its_kind_is_told_and_not_what_it_says(collector: Collector) -> None:
    place = trace.begin()
    with pytest.raises(ValueError, match="Miller"), trace.span("job", trace.Kind.CONSUMER):
        raise ValueError("Miller and sons")
    trace.flush()
    (span,) = collector.of(place.trace_id)
    assert (span.is_error, span.attributes) == (True, {"error.type": "ValueError"})


def test_what_follows_long_after_is_linked(collector: Collector) -> None:
    about.start()
    with trace.continued(GIVEN, since=trace.LONG_AFTER + 1), trace.span("job", trace.Kind.CONSUMER):
        own = trace.here()
    trace.flush()
    assert own is not None
    (span,) = collector.of(own.trace_id)
    assert (span.parent_id, span.links) == ("", (TRACE,))


def test_only_a_part_of_all_traces_is_recorded_and_the_same_part_everywhere() -> None:
    with collecting() as found, with_settings(SAAS_OTLP_ENDPOINT=found.url, SAAS_TRACE_RATIO="0.25"):
        trace.init(settings())
        drawn = [trace.begin() for _ in range(2000)]
        again = [trace.begin(place.told()).is_sampled for place in drawn]
        trace.flush()
    assert [place.is_sampled for place in drawn] == again
    assert 380 < sum(again) < 620  # six standard deviations


def test_a_collector_that_is_away_holds_nobody_up() -> None:
    with with_settings(SAAS_OTLP_ENDPOINT="http://127.0.0.1:9", SAAS_TRACE_RATIO="1"):
        trace.init(settings())
        trace.begin()
        with trace.span("request"):
            pass
        trace.flush(0.2)
    assert not trace.is_recorded()


def test_headers_that_are_none_are_told() -> None:
    with (
        with_settings(SAAS_OTLP_ENDPOINT="http://127.0.0.1:9", SAAS_OTLP_HEADERS="nonsense"),
        pytest.raises(BadConfig, match="SAAS_OTLP_HEADERS"),
    ):
        trace.init(settings())
