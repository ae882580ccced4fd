"""What a product consists of: other products, so many of each."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.events import created, on, restored, updated
from saas.engine.field import Label, OnDelete
from saas.engine.record import Facts, Record
from saas.engine.registry import object_of
from saas.engine.rules import Broken, rule
from saas.engine.scope import Scope
from saas.engine.write.references import one_at_a_time
from saas.modules.catalog.product import Product


class ProductComponent(Record):
    """A part of a product: another product, so many of it. No product is part of itself, however far down."""

    __tablename__ = "product_component"
    facts = Facts(
        code=0x022,
        label=Label("Product component", "产品组件"),
        plural=Label("Product components", "产品组件"),
        title="position",
        order=("position",),
        keys=("position",),
        unique_together=(("product_id", "position"),),
    )

    position: Mapped[str] = field.text(
        "Position", "位号", required=True, description="Where in the product it stands, such as 10 or A1."
    )
    product_id: Mapped[UUID] = field.ref(
        Product, "Product", "产品", required=True, on_delete=OnDelete.CASCADE, reverse="components"
    )
    part_id: Mapped[UUID] = field.ref(Product, "Part", "组件", required=True, reverse="part_of")
    quantity: Mapped[Decimal] = field.quantity("Quantity", "数量", required=True)
    notes: Mapped[str | None] = field.long_text("Notes", "备注")


@rule(ProductComponent)
def product_component_is_there(component: ProductComponent) -> None:
    """There is more than nothing of a part."""
    if component.quantity <= 0:
        raise Broken("The quantity must be more than 0.", field="quantity")


@on(created(ProductComponent), updated(ProductComponent), restored(ProductComponent))
def product_is_no_part_of_itself(scope: Scope, components: Sequence[ProductComponent]) -> None:
    """Down through all parts no product meets itself."""
    one_at_a_time(scope, object_of(ProductComponent))
    table = ProductComponent.__table__
    living = table.c.deleted_at.is_(None)
    below = (
        sa.select(table.c.product_id.label("product"), table.c.part_id.label("part"))
        .where(table.c.id.in_([each.id for each in components]), living)
        .cte("below", recursive=True)
    )
    below = below.union(
        sa.select(below.c.product, table.c.part_id).join(table, table.c.product_id == below.c.part).where(living)
    )
    met = sa.select(below.c.product).where(below.c.product == below.c.part).limit(1)
    if scope.session.execute(met).first():
        raise Broken("A product cannot be part of itself.", field="part_id")
