"""Units and currencies as they are told in Korean."""

from __future__ import annotations

UNITS = {
    "meter": "미터", "kilometer": "킬로미터", "centimeter": "센티미터", "millimeter": "밀리미터", "mile": "마일",
    "yard": "야드", "foot": "피트", "inch": "인치", "nautical mile": "해리", "kilogram": "킬로그램", "gram": "그램",
    "milligram": "밀리그램", "tonne": "톤", "pound": "파운드", "ounce": "온스", "carat": "캐럿", "liter": "리터",
    "milliliter": "밀리리터", "cup": "컵", "tablespoon": "큰술", "teaspoon": "작은술", "gallon": "갤런", "second": "초",
    "minute": "분", "hour": "시간", "day": "일", "week": "주", "fluid ounce": "액량 온스",
    "degree Celsius": "도", "degree Fahrenheit": "도",
}  # fmt: skip
CURRENCIES = {
    "EUR": "유로", "USD": "달러", "GBP": "파운드", "JPY": "엔", "CHF": "스위스 프랑", "KRW": "원", "CNY": "위안",
    "INR": "루피", "AUD": "호주 달러", "CAD": "캐나다 달러", "HKD": "홍콩 달러", "SGD": "싱가포르 달러", "MXN": "페소",
}  # fmt: skip
