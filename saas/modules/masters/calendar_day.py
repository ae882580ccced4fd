"""A day on which a calendar differs from its weekdays: a holiday, or a working day that makes up for one."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Choices, Label, OnDelete
from saas.engine.record import Facts, Record
from saas.modules.masters.calendar import Calendar


class CalendarDayKind(Choices):
    HOLIDAY = "holiday", "Holiday", "放假"
    WORKING = "working", "Working day", "上班"


class CalendarDay(Record):
    """A day on which a calendar differs from its weekdays: a holiday, or a working day that makes up for one."""

    __tablename__ = "calendar_day"
    facts = Facts(
        code=0x046,
        label=Label("Calendar day", "日历例外日"),
        plural=Label("Calendar days", "日历例外日"),
        title="name",
        order=("day",),
        keys=("name",),
        unique_together=(("calendar_id", "day"),),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True)
    calendar_id: Mapped[UUID] = field.ref(
        Calendar, "Calendar", "工作日历", required=True, on_delete=OnDelete.CASCADE, reverse="days"
    )
    day: Mapped[date] = field.day("Day", "日期", required=True)
    kind: Mapped[CalendarDayKind] = field.choice("Kind", "类别", CalendarDayKind, default=CalendarDayKind.HOLIDAY)
