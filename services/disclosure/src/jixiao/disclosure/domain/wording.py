"""A target value in words, as the page shows it."""

_SIGNS = {"ge": "≥", "gt": "＞", "le": "≤", "lt": "＜", "eq": "＝"}


def target_text(
    operator: str, target_value: str, target_low: str, target_high: str, unit: str, text_target: str
) -> str:
    """`≥5880人`, `95—105%`, or the words of a qualitative target. Articles: D-27."""
    if text_target:
        return text_target
    if operator == "between":
        return f"{target_low}—{target_high}{unit}"
    return f"{_SIGNS.get(operator, '')}{target_value}{unit}"
