"""What can be published and by whom (domain.md §12)."""

from enum import StrEnum


class Kind(StrEnum):
    """Kinds of public pages. Articles: D-27, T-35."""

    TARGETS = "targets"
    SELF = "self"
    KEY = "key"
    ALLOCATION = "allocation"
    OVERALL_PICTURE = "overall_picture"
    NOTICE = "notice"


TITLES = {
    Kind.TARGETS: "绩效目标",
    Kind.SELF: "绩效自评结果",
    Kind.KEY: "重点绩效评价结果",
    Kind.ALLOCATION: "转移支付分镇办安排",
    Kind.OVERALL_PICTURE: "预算绩效评价总体情况",
    Kind.NOTICE: "绩效通报",
}

FINANCE = "finance"
"""Owner of what the district finance publishes; also the line of records that have no department."""


class ExemptBasis(StrEnum):
    """Legal basis of an exemption: disclosure regulations 14, 15, 16, or the secrets law."""

    OGI_14 = "ogi_14"
    OGI_15 = "ogi_15"
    OGI_16 = "ogi_16"
    SSL = "ssl"
