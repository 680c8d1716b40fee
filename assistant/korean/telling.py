"""Values in Korean as a person tells them. Figures stay figures: the voice reads "7시" and "3개" in the right words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

WEEKDAYS = ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일")
_NAMED = {(0, 1, 2, 3, 4): "평일마다", (5, 6): "주말마다", tuple(range(7)): "매일"}


def say_number(value: int) -> str:
    """ "7", "1,200"."""
    return f"{value:,}"


def say_duration(hours: int, minutes: int, seconds: int) -> str:
    """ "1시간 30분", "90초"; "0초" for nothing."""
    parts = [f"{count}{unit}" for count, unit in ((hours, "시간"), (minutes, "분"), (seconds, "초")) if count]
    return " ".join(parts) or "0초"


def say_list(items: Sequence[str], last: str = "and") -> str:
    """ "우유, 빵, 달걀"; with `last` "or" the last one is an alternative."""
    if last == "or" and len(items) > 1:
        return f"{', '.join(items[:-1])} 또는 {items[-1]}"
    return ", ".join(items)


def say_time(moment: dt.datetime | dt.time) -> str:
    """ "오전 7시", "오후 7시 30분", "정오", "자정"."""
    if moment.minute == 0 and moment.hour in (0, 12):
        return "정오" if moment.hour else "자정"
    minutes = f" {moment.minute}분" if moment.minute else ""
    return f"{'오전' if moment.hour < 12 else '오후'} {moment.hour % 12 or 12}시{minutes}"


def say_day(moment: dt.datetime, now: dt.datetime) -> str:
    """ "오늘", "내일 수요일", "금요일", "12월 25일 목요일"."""
    ahead = (moment.date() - now.date()).days
    weekday = WEEKDAYS[moment.weekday()]
    if ahead in (-1, 0):
        return "오늘" if ahead == 0 else "어제"
    if ahead == 1:
        return f"내일 {weekday}"
    if 1 < ahead < 7:
        return weekday
    return say_date(moment.date(), now.date())


def say_date(day: dt.date, today: dt.date) -> str:
    """ "12월 25일 목요일", with the year where it is another."""
    year = f"{day.year}년 " if day.year != today.year else ""
    return f"{year}{day.month}월 {day.day}일 {WEEKDAYS[day.weekday()]}"


def say_moment(moment: dt.datetime, now: dt.datetime) -> str:
    """ "내일 수요일 오전 7시"."""
    return f"{say_day(moment, now)} {say_time(moment)}"


def say_repeat(weekdays: Sequence[int], every_days: int) -> str:
    """ "평일마다", "매주 월요일, 목요일", "3일마다"; empty for what comes once."""
    if weekdays:
        days = tuple(sorted(weekdays))
        return _NAMED.get(days) or f"매주 {', '.join(WEEKDAYS[day] for day in days)}"
    return {0: "", 1: "매일", 2: "이틀마다"}.get(every_days, f"{every_days}일마다")


def say_age(age_s: float) -> str:
    """How old something is in its largest unit: "10분", "2시간", "3일"."""
    minutes = max(1, round(age_s / 60))
    for unit, length in (("일", 24 * 60), ("시간", 60)):
        if minutes >= length:
            return f"{round(minutes / length)}{unit}"
    return f"{minutes}분"
