"""How the columns of a file may be headed: every name of a field in both languages, and what people write instead."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from saas.engine.field import FOLDED_KINDS, REFERENCE_KINDS, Field
from saas.engine.registry import ObjectType
from saas.engine.transfer.issue import name_of
from saas.engine.transfer.plan import writable
from saas.kit.text import camel, fold, normal

_LONGEST = 300  # characters: more is no heading, and brackets would be looked for in it for minutes
_IN_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
# What is written for the label of a field, whatever the object.
_SAID: dict[str, tuple[str, ...]] = {
    "phone": ("tel", "telephone", "phone number", "联系电话", "电话号码"),
    "mobile": ("cell", "cell phone", "mobile phone", "移动电话", "手机号", "手机号码"),
    "e-mail": ("mail", "email address", "电子邮件", "电子邮箱", "邮件"),
    "website": ("web", "url", "homepage", "网站", "公司网址"),
    "notes": ("note", "remark", "remarks", "comment", "comments", "memo", "说明", "附注"),
    "code": ("no", "number", "id", "编号", "代码", "客户代码"),
    "name": ("名字",),
    "owner": ("salesperson", "sales rep", "sales agent", "account manager", "业务员", "销售员", "销售人员", "客户经理"),
    "number of employees": ("employees", "headcount", "staff", "人数", "员工数"),
    "founded in": ("founded", "year founded", "established", "year established", "成立时间"),
    "annual revenue": ("revenue", "turnover", "营业额", "年收入", "销售额"),
    "postal code": ("zip", "zip code", "postcode", "邮编", "邮政编码"),
    "province": ("state", "省份", "省"),
    "city": ("town", "市", "所在城市"),
    "industry": ("sector", "branch", "所属行业"),
    "parent company": ("parent", "subsidiary of", "母公司"),
    "stage": ("status", "deal stage", "sales stage", "状态"),
    "engaged on": ("engage date", "start date", "开始日期"),
    "country": ("nation", "国家"),
    "street": ("address", "address line 1", "详细地址", "地址"),
    "tax number": ("tax no", "tax id", "vat", "vat number", "纳税人识别号", "统一社会信用代码"),
    "job title": ("position", "title", "职位", "头衔"),
    "birthday": ("date of birth", "birth date", "出生日期"),
    "customer": ("company", "account", "公司", "客户名称", "公司名称", "单位"),
    "close on": ("close date", "closing date", "预计成交日期"),
    "amount": ("value", "close value", "总额", "金额"),
}
_NAMED = {"code": ("code", "编码")}  # fields that are spoken of so, whatever their label
_CURRENCY = ("currency", "币种", "货币")
_CALLED: dict[str, tuple[str, ...]] = {"Customer": ("company", "account", "公司", "单位", "企业")}  # objects


@dataclass(frozen=True, slots=True)
class Heading:
    """A field that a heading may stand for; of a reference also the field by which its record is found."""

    field: Field
    by: Field | None = None


def plain(text: str) -> str:
    """A heading without what people write differently: case, width, spaces, signs, a unit in brackets."""
    text = text[:_LONGEST]
    bare = _IN_BRACKETS.sub("", normal("NFKC", text)) or text
    return "".join(char for char in fold(bare) if char.isalnum())


def unit_in(text: str) -> str:
    """What stands in brackets behind a heading, such as a unit; empty where nothing does."""
    found = _IN_BRACKETS.search(normal("NFKC", text[:_LONGEST]))
    return fold(found[0][1:-1]) if found else ""


@cache
def headings(one: ObjectType) -> tuple[dict[str, tuple[Heading, ...]], ...]:
    """By plain heading what it may stand for; the surest names first."""
    ranks: tuple[dict[str, tuple[Heading, ...]], ...] = ({}, {}, {})
    for rank, text, heading in _all(one):
        among = ranks[rank]
        known = among.get(plain(text), ())
        if heading not in known:
            among[plain(text)] = (*known, heading)
    return ranks


def _all(one: ObjectType) -> Iterator[tuple[int, str, Heading]]:
    whole = one.record.facts.label
    for field in writable(one):
        heading, labels = Heading(field), _labels(one, field)
        inside = tuple(f"{field.api}.{part}" for part in _inside(one, field))
        names = (field.name, field.api, name_of(field), ".".join(field.spelled), *inside)
        yield from ((0, text, heading) for text in (*names, *labels))
        yield from ((1, text, heading) for label in labels for text in (f"{whole.en} {label}", f"{whole.zh}{label}"))
        said = [text for label in labels for text in _SAID.get(fold(label), ())]
        yield from ((2, text, heading) for each in said for text in (each, f"{whole.en} {each}", f"{whole.zh}{each}"))
        if field.name == one.record.facts.title:
            yield from ((1, text, heading) for text in (whole.en, whole.zh))
            yield from ((2, text, heading) for text in _CALLED.get(whole.en, ()))
            yield from ((2, f"{text}{end}", heading) for text in _CALLED.get(whole.en, ()) for end in (" name", "名称"))
        if field.kind in REFERENCE_KINDS:
            yield from _by_its_fields(one, field, labels)


def _inside(one: ObjectType, field: Field) -> tuple[str, ...]:
    """What the API tells of a value that is an object there, as JSON Lines have it."""
    if field.is_money:
        return ("amount",)
    if field.dictionary is not None:
        return ("code", "label")
    if field.kind in REFERENCE_KINDS:
        target = one.target_of(field)
        return (camel(target.fields[target.record.facts.title].api),)
    return ()


def currency_headings(one: ObjectType, field: Field) -> set[str]:
    """How the column beside an amount may be headed that has its currency, as `plain` has it."""
    labels = _labels(one, field)
    return {plain(f"{label} {word}") for label in labels for word in _CURRENCY} | {plain(f"{field.api}.currency")}


def _by_its_fields(one: ObjectType, field: Field, labels: Sequence[str]) -> Iterator[tuple[int, str, Heading]]:
    """ "Owner e-mail" and 客户编码: the record is found by that field."""
    target = one.target_of(field)
    for by in target.fields.values():
        if by.kind in FOLDED_KINDS and (by.name == target.record.facts.title or by.unique):
            heading = Heading(field, None if by.name == target.record.facts.title else by)
            ends = (
                by.label.en,
                by.label.zh,
                *_NAMED.get(by.name, (by.name,)),
                *(_SAID.get(fold(by.label.en), ()) if by.unique else ()),
            )
            yield from ((1, f"{label} {end}", heading) for label in labels for end in ends)
            yield 1, f"{field.api}.{by.api}", heading


def _labels(one: ObjectType, field: Field) -> tuple[str, ...]:
    """The labels of a field; of a part of an address also those without the word for the address."""
    own = (field.label.en, field.label.zh)
    if not field.part_of or field.part_of not in one.all_fields or not one.all_fields[field.part_of].parts:
        return own
    whole = one.all_fields[field.part_of].label
    return (*own, own[0].removeprefix(f"{whole.en} "), own[1].removeprefix(whole.zh))
