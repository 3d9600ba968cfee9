"""Autumn 2024, acts 1 to 42: applications, targets, budget."""

from ..walk import Act
from . import setting_up

ACTS = [
    Act(1, "S", "D-4, T-4–T-9", "系统管理员·一；安全管理员·一、二",
        "org.manage, account.manage; grant.propose, grant.confirm",
        {"2024-08-26": setting_up.found_the_district}),
    Act(2, "S", "D-5(1), D-6(1)(3), D-30", "财政局·丁", "rules.maintain; indicator.common",
        {"2024-08-27": setting_up.set_the_rules}),
]  # fmt: skip
