"""What looking for something costs among 100,000 customers with Chinese names."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import psycopg
from psycopg.conninfo import make_conninfo

from saas.engine.registry import object_named
from saas.engine.scope import open_scope
from saas.engine.write.create import create
from saas.tenants.tenant import Tenant
from scripts.benchmarks.api import Api, api, filled, over_http
from scripts.benchmarks.installation import installation
from scripts.benchmarks.registry import Bench, case

CUSTOMERS = 100_000
BATCH = 500
# Cities, two characters of a brand each, trades, forms: 100,000 names of which 京东 is a part of some.
CITIES = ("北京", "上海", "广州", "深圳", "长沙", "重庆", "杭州", "东京", "南京", "西安")
BRANDS = "远景华安东方天海明达信和盛泰京百川宏源金星光宇大地新"
TRADES = ("科技", "贸易", "实业", "机械", "电子", "食品", "物流", "汽车", "医药", "化工")
LIST = "query($text: String!) { customers(search: $text, first: 50) { nodes { id name language owner { name } } } }"
ALL = "query($text: String!) { search(text: $text, first: 20) { nodes { id ... on Customer { name } } } }"


@contextmanager
def chinese(bench: Bench) -> Iterator[Api]:
    """The API process, asked by somebody of a company with so many customers."""
    place = bench.shared(installation)
    tenant = place.tenant("chinese")
    token, _ = filled(tenant)
    _add_customers(tenant)
    cell = make_conninfo(place.servers.admin_dsn, dbname="atrium_main")
    with psycopg.connect(cell, autocommit=True) as admin:  # as autovacuum would in a minute
        admin.execute(f'VACUUM ANALYZE "{tenant.schema}".customer')
    yield replace(bench.shared(api), token=token)


@case("search", "ms")
def two_characters(bench: Bench) -> dict[str, float]:
    """50 of the customers that hold two Chinese characters, over HTTP; CPU is that of the API process."""
    running = bench.shared(chinese)
    return over_http(running, partial(running.ask, LIST, text="京东"), bench.rounds(200, 50))


@case("search-pinyin", "ms")
def pinyin(bench: Bench) -> dict[str, float]:
    """Likewise by pinyin."""
    running = bench.shared(chinese)
    return over_http(running, partial(running.ask, LIST, text="jingdong"), bench.rounds(200, 50))


@case("search-common", "ms")
def common(bench: Bench) -> dict[str, float]:
    """Likewise by two characters that every customer holds."""
    running = bench.shared(chinese)
    return over_http(running, partial(running.ask, LIST, text="公司"), bench.rounds(50, 10))


@case("search-all", "ms")
def everything(bench: Bench) -> dict[str, float]:
    """The 20 best of all objects that hold two Chinese characters; likewise."""
    running = bench.shared(chinese)
    return over_http(running, partial(running.ask, ALL, text="京东"), bench.rounds(200, 50))


def _add_customers(tenant: Tenant) -> None:
    parts = itertools.product(BRANDS, BRANDS, CITIES, TRADES, ("有限公司", "股份公司"))
    names = (f"{city}{first}{second}{trade}{form}" for first, second, city, trade, form in parts)
    for _ in range(0, CUSTOMERS, BATCH):
        rows = [{"name": name} for name in itertools.islice(names, BATCH)]
        with open_scope(tenant, None, write=True) as scope:
            create(scope, object_named("customer"), rows)
