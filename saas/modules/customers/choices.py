"""What fields of customers and contacts are chosen from; each company goes on with these dictionaries as it likes."""

from saas.engine.field import DictionaryFacts, Entry, Label


def _entries(*entries: tuple[str, str, str]) -> tuple[Entry, ...]:
    return tuple(Entry(code, Label(en, zh)) for code, en, zh in entries)


SOURCE = DictionaryFacts(
    "customer_source",
    Label("Customer source", "客户来源"),
    _entries(
        ("web", "Web", "网站"),
        ("phone", "Phone", "电话"),
        ("referral", "Referral", "转介绍"),
        ("fair", "Trade fair", "展会"),
        ("advertisement", "Advertisement", "广告"),
        ("other", "Other", "其他"),
    ),
)
PAYMENT_TERMS = DictionaryFacts(
    "payment_terms",
    Label("Payment terms", "付款条件"),
    _entries(
        ("prepaid", "In advance", "预付"),
        ("on_delivery", "On delivery", "货到付款"),
        ("net_30", "30 days", "30天"),
        ("net_60", "60 days", "60天"),
    ),
)
CATEGORY = DictionaryFacts(
    "customer_category",
    Label("Customer category", "客户分类"),
    _entries(
        ("key", "Key account", "大客户"),
        ("regular", "Regular", "普通客户"),
        ("reseller", "Reseller", "经销商"),
        ("public", "Public sector", "政府及公共机构"),
    ),
)
IMPORTANCE = DictionaryFacts(
    "customer_importance",
    Label("Importance", "重要程度"),
    _entries(("high", "High", "重要"), ("normal", "Normal", "一般"), ("low", "Low", "不重要")),
)
LEVEL = DictionaryFacts(
    "customer_level",
    Label("Customer level", "客户级别"),
    _entries(("a", "A", "A级"), ("b", "B", "B级"), ("c", "C", "C级")),
)
LIFECYCLE = DictionaryFacts(
    "customer_lifecycle",
    Label("Stage of life", "生命周期"),
    _entries(
        ("unknown", "Not yet approached", "未接触"),
        ("prospect", "Prospect", "潜在"),
        ("active", "Active", "活跃"),
        ("sleeping", "Sleeping", "休眠"),
        ("lost", "Lost", "流失"),
    ),
)
CREDIT_RATING = DictionaryFacts(
    "credit_rating",
    Label("Credit rating", "信用等级"),
    _entries(("aaa", "AAA", "AAA"), ("aa", "AA", "AA"), ("a", "A", "A"), ("b", "B", "B"), ("c", "C", "C")),
)
INFLUENCE = DictionaryFacts(
    "contact_influence",
    Label("Influence", "影响力"),
    _entries(
        ("decides", "Decides", "决策者"),
        ("advises", "Advises", "影响者"),
        ("uses", "Uses", "使用者"),
        ("gatekeeper", "Opens the door", "守门人"),
    ),
)
