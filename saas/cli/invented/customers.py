"""The record of a firm as a customer, which agrees with what has been sold to it."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from random import Random

from saas.cli.invented.chance import Weighted, filled, stream
from saas.cli.invented.deals import Deal
from saas.cli.invented.firms import Firm, Part
from saas.cli.invented.keys import Key, Row
from saas.cli.invented.names import person_name, written
from saas.cli.invented.sources import Business
from saas.modules.sales.opportunity import OpportunityStage

_CATEGORIES = {Part.HEAD: "key", Part.PARTNER: "reseller"}
_IMPORTANCE = {"a": "high", "b": "normal", "c": "low"}
_SOURCES = Weighted([("fair", 4), ("web", 5), ("referral", 3), ("phone", 3), ("advertisement", 1), ("other", 1)])
_RATINGS = {
    "a": Weighted([("aaa", 3), ("aa", 5), ("a", 2)]),
    "b": Weighted([("aa", 3), ("a", 5), ("b", 2)]),
    "c": Weighted([("a", 4), ("b", 5), ("c", 2)]),
}
_TERMS = {
    "a": Weighted([("net_60", 3), ("net_30", 2)]),
    "b": Weighted([("net_30", 4), ("net_60", 1)]),
    "c": Weighted([("net_30", 3), ("prepaid", 2), ("on_delivery", 1)]),
}
_BANKS = {
    "zh": ("中国工商银行", "招商银行", "中国建设银行", "宁波银行"),
    "": ("Hansa Bank", "Crédit du Port", "Maas Bank"),
}


def customer_row(of: Business, seed: int, today: date, firm: Firm, deals: Sequence[Deal]) -> Row:
    """The values of its record; what it refers to by key."""
    chance = stream(seed, of.slug, "customer", firm.number)
    return {
        "code": firm.code,
        "name": firm.name,
        "full_name": firm.full_name,
        "parent_id": Key("customer", firm.parent),
        "industry_id": Key("industry", firm.industry.code),
        "area_id": Key("area", firm.place.code),
        "owner_id": Key("employee", firm.seller),
        "department_id": Key("department of", firm.seller),
        "region_id": Key("region", firm.region),
        "language": firm.place.locale,
        "employee_count": firm.people,
        "founded_year": today.year - min(140, int(6 + chance.paretovariate(0.9) * 4)),
        "notes": chance.choice(of.texts["notes"]) if chance.random() < 0.2 else None,
        **_kept_as(chance, firm, deals),
        **_reached_at(chance, firm),
        **address_of(chance, firm),
        **_finances(chance, of, firm),
    }


def _kept_as(chance: Random, firm: Firm, deals: Sequence[Deal]) -> Row:
    """In which part one knows it, and how well."""
    stages = {deal.stage for deal in deals}
    is_open = bool(stages & {OpportunityStage.PROSPECTING, OpportunityStage.ENGAGING})
    has_bought = OpportunityStage.WON in stages
    is_old = not has_bought and chance.random() < {"a": 0.6, "b": 0.4, "c": 0.25}[firm.class_]
    if has_bought or (is_old and is_open):
        life = "active"
    elif is_old:
        life = "lost" if OpportunityStage.LOST in stages else "sleeping"
    else:
        life = "prospect" if deals else "unknown"
    is_known = has_bought or is_old
    is_referred = firm.referrer is not None
    tags = ["strategic"] if firm.part is Part.HEAD else []
    tags += ["reference"] if has_bought and chance.random() < 0.15 else []
    source = _SOURCES.draw(chance)
    return {
        "is_customer": is_known,
        "is_potential": not is_known,
        "is_partner": firm.part is Part.PARTNER,
        "is_agent": firm.part is Part.PARTNER and firm.number % 4 == 0,
        "is_channel": firm.part is Part.PARTNER,
        "is_supplier": firm.part is Part.SUPPLIER,
        "is_competitor": firm.part is Part.COMPETITOR,
        "category": _CATEGORIES.get(firm.part, "regular"),
        "importance": _IMPORTANCE[firm.class_],
        "level": firm.class_,
        "lifecycle": life,
        "source": "referral" if is_referred else source,
        "referrer_id": Key("customer", firm.referrer),
        "tags": [Key("tag", each) for each in [*tags, *(["fair"] if source == "fair" and not is_referred else [])]],
    }


def _reached_at(chance: Random, firm: Firm) -> Mapping[str, object]:
    return {
        "phone": filled(chance, firm.place.phone),
        "fax": filled(chance, firm.place.phone) if chance.random() < 0.15 else None,
        "email": f"{'office' if firm.is_chinese else 'info'}@{firm.domain}",
        "website": f"https://www.{firm.domain}",
    }


def address_of(chance: Random, firm: Firm) -> Mapping[str, object]:
    """An address as one writes it where the firm is."""
    place, locale = firm.place, firm.locale
    street = locale.street.format(street=chance.choice(locale.streets), number=chance.randrange(1, 400))
    return {
        "address_country": place.country,
        "address_province": place.province or None,
        "address_city": place.city,
        "address_district": chance.choice(place.districts) if place.districts else None,
        "address_street": street,
        "address_postal_code": filled(chance, place.postal),
    }


def _finances(chance: Random, of: Business, firm: Firm) -> Row:
    """What it earns and owes, in the currency of the company that keeps it."""
    earned = firm.people * firm.industry.head * chance.lognormvariate(0, 0.35) * float(of.euro)
    limit = earned * chance.uniform(0.004, 0.015) if firm.class_ != "c" or chance.random() < 0.5 else 0
    first, last = person_name(chance, firm.locale)
    tax_no = (
        filled(chance, "9132####MA#####@##")
        if firm.is_chinese
        else f"{firm.place.country}{filled(chance, '#########')}"
    )
    return {
        "tax_no": tax_no,
        "annual_revenue": Decimal(max(1, round(earned / 10_000)) * 10_000),
        "registered_capital": Decimal(max(1, round(earned / 200_000)) * 10_000) if firm.is_chinese else None,
        "legal_person": written(firm.locale, first, last) if firm.is_chinese else None,
        "bank": chance.choice(_BANKS["zh" if firm.is_chinese else ""]),
        "bank_account": filled(chance, "6222 #### #### #### ###" if firm.is_chinese else "####################"),
        "credit_rating": _RATINGS[firm.class_].draw(chance),
        "credit_limit": Decimal(max(1, round(limit / 1_000)) * 1_000) if limit else None,
        "payment_terms": _TERMS[firm.class_].draw(chance),
    }
