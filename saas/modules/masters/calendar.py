"""When this company works: weekdays, hours, and the days that differ."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Label
from saas.engine.record import Facts, Record
from saas.engine.rules import Broken, rule

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_COUNTRY = re.compile(r"[A-Z]{2}")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Calendar(Record):
    """When work is done: weekdays, hours, and days that differ. Of several default calendars the newest counts."""

    __tablename__ = "calendar"
    facts = Facts(
        code=0x045,
        label=Label("Calendar", "工作日历"),
        plural=Label("Calendars", "工作日历"),
        title="name",
        order=("name",),
        keys=("name",),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True, unique=True)
    time_zone: Mapped[str] = field.text(
        "Time zone",
        "时区",
        required=True,
        description="IANA name, such as Asia/Shanghai: whose clock the hours are read from.",
        examples=("Asia/Shanghai", "Europe/Berlin"),
    )
    country: Mapped[str | None] = field.text(
        "Country",
        "国家/地区",
        description="ISO 3166 code: whose public holidays `saas tenant holidays` adds.",
        examples=("CN", "DE"),
    )
    monday: Mapped[bool] = field.boolean("Monday", "周一", default=True)
    tuesday: Mapped[bool] = field.boolean("Tuesday", "周二", default=True)
    wednesday: Mapped[bool] = field.boolean("Wednesday", "周三", default=True)
    thursday: Mapped[bool] = field.boolean("Thursday", "周四", default=True)
    friday: Mapped[bool] = field.boolean("Friday", "周五", default=True)
    saturday: Mapped[bool] = field.boolean("Saturday", "周六")
    sunday: Mapped[bool] = field.boolean("Sunday", "周日")
    work_from: Mapped[str] = field.text(
        "Work from", "上班时间", required=True, description="HH:MM.", examples=("09:00", "08:30", "08:00")
    )
    work_to: Mapped[str] = field.text(
        "Work to", "下班时间", required=True, description="HH:MM, 24:00 at most.", examples=("18:00", "17:30")
    )
    is_default: Mapped[bool] = field.boolean("Default", "默认", description="Deadlines use it unless another is named.")


def clock_time(text: str) -> timedelta | None:
    """`08:30` as the time since midnight; None where it is none."""
    if not _CLOCK.fullmatch(text):
        return None
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


@rule(Calendar)
def calendar_has_a_time_zone(calendar: Calendar) -> None:
    """The time zone is one of the IANA list."""
    try:
        ZoneInfo(calendar.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Broken(f"{calendar.time_zone!r} is no time zone such as Asia/Shanghai.", field="time_zone") from None


@rule(Calendar)
def calendar_names_a_country(calendar: Calendar) -> None:
    """The country has the form of an ISO 3166 code."""
    if calendar.country is not None and not _COUNTRY.fullmatch(calendar.country):
        raise Broken("A country is a code of two capital letters, such as CN.", field="country")


@rule(Calendar)
def calendar_has_hours(calendar: Calendar) -> None:
    """Work begins before it ends, on the same day."""
    begins, ends = clock_time(calendar.work_from), clock_time(calendar.work_to)
    for name, found in (("work_from", begins), ("work_to", ends)):
        if found is None:
            raise Broken("A time of day is HH:MM, such as 08:30.", field=name)
    if begins is not None and ends is not None and begins >= ends:
        raise Broken("Work must end after it begins.", field="work_to")


@rule(Calendar)
def calendar_has_a_working_weekday(calendar: Calendar) -> None:
    """Work is done on at least one weekday."""
    if not any(getattr(calendar, name) for name in WEEKDAYS):
        raise Broken("At least one weekday must be a working day.", field="monday")
