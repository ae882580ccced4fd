"""Something that is sold."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Choices, DictionaryFacts, Entry, Label
from saas.engine.record import Facts, Record
from saas.modules.masters.tag import Tag
from saas.modules.organisation.business_line import BusinessLine

CATEGORY = DictionaryFacts(
    "product_category",
    Label("Product category", "产品类别"),
    entries=(
        Entry("equipment", Label("Equipment", "设备")),
        Entry("part", Label("Spare part", "备件")),
        Entry("consumable", Label("Consumable", "耗材")),
        Entry("software", Label("Software", "软件")),
        Entry("service", Label("Service", "服务")),
    ),
)


class ProductKind(Choices):
    GOODS = "goods", "Goods", "商品"
    SERVICE = "service", "Service", "服务"


class Product(Record):
    """Something that is sold: goods or a service, with its list price."""

    __tablename__ = "product"
    facts = Facts(
        code=0x020,
        label=Label("Product", "产品"),
        plural=Label("Products", "产品"),
        title="name",
        order=("name",),
        business_line="business_line_id",
        keys=("code", "name"),
        number="code",
        number_pattern="P-{seq:06}",
    )

    name: Mapped[str] = field.text("Name", "名称", required=True)
    code: Mapped[str | None] = field.text("Code", "编码", unique=True, search=True)
    kind: Mapped[ProductKind] = field.choice("Kind", "种类", ProductKind, default=ProductKind.GOODS)
    category: Mapped[str | None] = field.dictionary("Category", "类别", CATEGORY)
    model: Mapped[str | None] = field.text("Model", "型号", search=True)
    series: Mapped[str | None] = field.text("Series", "系列")
    unit: Mapped[str | None] = field.text("Unit", "单位")
    list_price: Mapped[Decimal | None] = field.unit_price("List price", "标准价", group="price")
    cost: Mapped[Decimal | None] = field.unit_price("Cost", "成本", group="cost")
    is_discontinued: Mapped[bool] = field.boolean("Discontinued", "已停售")
    business_line_id: Mapped[UUID | None] = field.ref(BusinessLine, "Business line", "业务线")
    description: Mapped[str | None] = field.long_text("Description", "说明")
    tags = field.refs(Tag, "Tags", "标签")
