"""A chance to sell something to a customer, followed from first contact to won or lost."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated
from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.actions import action
from saas.engine.derived import derive
from saas.engine.field import Choices, Derived, Label
from saas.engine.line_list import LineList
from saas.engine.record import Facts, Record
from saas.engine.rules import Broken, rule
from saas.engine.scope import Scope
from saas.modules.catalog.product import Product
from saas.modules.customers.customer import Customer
from saas.modules.masters.tag import Tag
from saas.modules.organisation.business_line import BusinessLine
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.region import Region


class OpportunityStage(Choices):
    PROSPECTING = "prospecting", "Prospecting", "初步接触"
    ENGAGING = "engaging", "Engaging", "跟进中"
    WON = "won", "Won", "已赢单"
    LOST = "lost", "Lost", "已丢单"


CURRENCY = "Of its amount and its lines; absent: that of the first amount given with one, else the base currency."


class Opportunity(Record):
    """A chance to sell something to a customer, followed from first contact to won or lost."""

    __tablename__ = "opportunity"
    facts = Facts(
        code=0x030,
        label=Label("Opportunity", "商机"),
        plural=Label("Opportunities", "商机"),
        title="name",
        order=("-created_at",),
        owner="owner_id",
        department="department_id",
        region="region_id",
        business_line="business_line_id",
        currency="currency",
        keys=("code", "name"),
        number="code",
        number_pattern="O-{seq:06}",
    )

    name: Mapped[str] = field.text("Name", "名称", required=True)
    code: Mapped[str | None] = field.text("Code", "编码", unique=True, search=True)
    customer_id: Mapped[UUID | None] = field.ref(Customer, "Customer", "客户")
    product_id: Mapped[UUID | None] = field.ref(Product, "Product", "产品")
    stage: Mapped[OpportunityStage] = field.states(
        "Stage",
        "阶段",
        OpportunityStage,
        initial=OpportunityStage.PROSPECTING,
        entry=tuple(OpportunityStage),  # files bring opportunities that ended long ago
    )
    currency: Mapped[str | None] = field.currency("Currency", "币种", group="amount", description=CURRENCY)
    amount: Mapped[Decimal | None] = field.money("Amount", "金额", group="amount", derived=Derived.WITH_LINES)
    probability: Mapped[Decimal | None] = field.percent("Probability", "成功概率", group="amount")
    engaged_on: Mapped[date | None] = field.day("Engaged on", "启动日期")
    close_on: Mapped[date | None] = field.day("Close on", "成交日期")
    lost_because: Mapped[str | None] = field.long_text("Lost because", "丢单原因")
    notes: Mapped[str | None] = field.long_text("Notes", "备注")
    tags = field.refs(Tag, "Tags", "标签")
    owner_id: Mapped[UUID | None] = field.ref(Employee, "Owner", "负责人")
    department_id: Mapped[UUID | None] = field.ref(Department, "Department", "部门")
    region_id: Mapped[UUID | None] = field.ref(Region, "Region", "区域")
    business_line_id: Mapped[UUID | None] = field.ref(BusinessLine, "Business line", "业务线")


class OpportunityLine(Record):
    """One thing that an opportunity is about: a product, how many of it, and at what price."""

    __tablename__ = "opportunity_line"
    facts = Facts(
        code=0x031,
        label=Label("Opportunity line", "商机明细"),
        plural=Label("Opportunity lines", "商机明细"),
        line_of="opportunity_id",
    )

    opportunity_id: Mapped[UUID] = field.ref(Opportunity, "Opportunity", "商机", required=True)
    product_id: Mapped[UUID | None] = field.ref(Product, "Product", "产品")
    description: Mapped[str | None] = field.text("Description", "说明", search=True)
    quantity: Mapped[Decimal] = field.quantity("Quantity", "数量", required=True)
    unit_price: Mapped[Decimal | None] = field.unit_price("Unit price", "单价", group="amount")
    discount: Mapped[Decimal | None] = field.percent("Discount", "折扣", group="amount")
    amount: Mapped[Decimal | None] = field.money("Amount", "金额", group="amount", derived=Derived.ALWAYS)


@derive(Opportunity)
def opportunity_adds_up(opportunity: Opportunity, lines: Sequence[OpportunityLine]) -> None:
    """A line costs quantity × unit price less its discount; the opportunity is worth the sum of its lines."""
    for line in lines:
        line.amount = None
        if line.unit_price is not None:
            full = line.quantity * line.unit_price
            line.amount = (full * (100 - (line.discount or 0)) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    opportunity.amount = sum((line.amount or Decimal() for line in lines), Decimal())


@rule(OpportunityLine)
def opportunity_line_discount_is_a_percentage(line: OpportunityLine) -> None:
    """A discount lies between 0 and 100 %."""
    if line.discount is not None and not 0 <= line.discount <= 100:
        raise Broken("The discount must be between 0 and 100.", field="discount")


@rule(Opportunity)
def opportunity_closes_after_it_starts(opportunity: Opportunity) -> None:
    """The closing date is not before the first engagement."""
    if opportunity.engaged_on and opportunity.close_on and opportunity.close_on < opportunity.engaged_on:
        raise Broken("The closing date is before the date of engagement.", field="close_on")


@rule(Opportunity)
def opportunity_probability_is_a_percentage(opportunity: Opportunity) -> None:
    """The probability lies between 0 and 100 %."""
    if opportunity.probability is not None and not 0 <= opportunity.probability <= 100:
        raise Broken("The probability must be between 0 and 100.", field="probability")


@action(
    Opportunity,
    "Advance",
    "推进",
    moves={OpportunityStage.PROSPECTING: OpportunityStage.ENGAGING},
    done="advanced",
)
def opportunity_advance(
    scope: Scope,
    opportunity: Opportunity,
    *,
    engaged_on: Annotated[date | None, "Absent: as it stands, else today."] = None,
) -> None:
    """The customer is interested: the work on it begins."""
    opportunity.engaged_on = engaged_on or opportunity.engaged_on or scope.today


@action(
    Opportunity,
    "Discount",
    "打折",
    moves={stage: stage for stage in (OpportunityStage.PROSPECTING, OpportunityStage.ENGAGING)},
    done="discounted",
)
def opportunity_discount(
    _scope: Scope,
    _opportunity: Opportunity,
    lines: LineList[OpportunityLine],
    *,
    discount: Annotated[Decimal, Label("Discount", "折扣"), "In percent; it takes the place of what they had."],
) -> None:
    """Every line with a price gets this discount."""
    for line in lines:
        if line.unit_price is not None:
            line.discount = discount


@action(Opportunity, "Win", "赢单", moves={OpportunityStage.ENGAGING: OpportunityStage.WON}, done="won")
def opportunity_win(
    scope: Scope,
    opportunity: Opportunity,
    *,
    closed_on: Annotated[date | None, Label("Closed on", "成交日期"), "Absent: today."] = None,
) -> None:
    """The customer buys."""
    opportunity.close_on = closed_on or scope.today
    opportunity.lost_because = None


@action(
    Opportunity,
    "Lose",
    "丢单",
    moves={
        OpportunityStage.PROSPECTING: OpportunityStage.LOST,
        OpportunityStage.ENGAGING: OpportunityStage.LOST,
    },
    done="lost",
)
def opportunity_lose(
    scope: Scope,
    opportunity: Opportunity,
    *,
    reason: Annotated[str, Label("Reason", "原因"), "Why; kept in `lostBecause`."],
    closed_on: Annotated[date | None, Label("Closed on", "结束日期"), "Absent: today."] = None,
) -> None:
    """The customer does not buy, or buys elsewhere."""
    opportunity.close_on = closed_on or scope.today
    opportunity.lost_because = reason


@action(
    Opportunity,
    "Reopen",
    "重新打开",
    moves={OpportunityStage.WON: OpportunityStage.ENGAGING, OpportunityStage.LOST: OpportunityStage.ENGAGING},
    done="reopened",
)
def opportunity_reopen(_scope: Scope, opportunity: Opportunity) -> None:
    """It is open again: the end was not the end."""
    opportunity.close_on = None
