"""Units in which a product is sold or bought besides its own, such as a box of 24."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Label, OnDelete
from saas.engine.record import Facts, Record
from saas.engine.rules import Broken, rule
from saas.modules.catalog.product import Product


class ProductUnit(Record):
    """A unit in which a product is sold or bought besides its own, such as a box of 24."""

    __tablename__ = "product_unit"
    facts = Facts(
        code=0x021,
        label=Label("Product unit", "产品单位"),
        plural=Label("Product units", "产品单位"),
        title="name",
        order=("name",),
        keys=("name",),
        unique_together=(("product_id", "name"),),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True)
    product_id: Mapped[UUID] = field.ref(
        Product, "Product", "产品", required=True, on_delete=OnDelete.CASCADE, reverse="units"
    )
    factor: Mapped[Decimal] = field.quantity(
        "Factor", "换算系数", required=True, description="How many of the product's own unit it holds."
    )
    barcode: Mapped[str | None] = field.text("Barcode", "条码")


@rule(ProductUnit)
def product_unit_holds_something(unit: ProductUnit) -> None:
    """A unit holds more than nothing."""
    if unit.factor <= 0:
        raise Broken("The factor must be more than 0.", field="factor")
