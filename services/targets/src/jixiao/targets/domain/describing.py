"""What a new programme may be: alone, as a transfer's root, or below one."""

from dataclasses import replace

from jixiao.servicekit.errors import Finding

from .description import Description
from .errors import DescriptionFaulty
from .kinds import AllocationMethod, Origin, TargetLevel, TransferClass

OWN_UNIT = "U000"
"""Unit code of what a department carries out itself, such as a transfer's root."""


def require_alone(what: Description, *, by_department: bool) -> None:
    """Refuse a kind that a programme without a parent cannot have, all findings at once.

    A transfer's root is its department's, with class, method and the overall level; all other
    programmes file project targets. Raises DescriptionFaulty.

    Articles: D-2, T-2, T-14.
    """
    if (
        found := _root_findings(what, by_department=by_department)
        if what.transfer
        else _own_findings(what)
    ):
        raise DescriptionFaulty(*found)


def under(
    what: Description,
    transfer_class: TransferClass,
    method: AllocationMethod,
    origin: Origin,
    *,
    consolidated_agricultural: bool,
) -> Description:
    """Return the description of a project below a transfer: its kind is the parent's.

    Articles: T-2, T-15.
    """
    return replace(
        what, transfer=True, transfer_class=transfer_class, allocation_method=method, origin=origin,
        target_level=TargetLevel.PROJECT, consolidated_agricultural=consolidated_agricultural,
    )  # fmt: skip


def part_of(root: Description, town: str) -> Description:
    """Return the description of one town's part of a factor transfer. Articles: T-2, T-15(2)."""
    return replace(root, name=f"{root.name}（{town}）", target_level=TargetLevel.REGIONAL)


def _root_findings(what: Description, *, by_department: bool) -> list[Finding]:
    found = []
    if not by_department:
        message = "转移支付项目须注明所属的转移支付（上级项目）。"
        found.append(Finding("/parent_id", "parent_missing", message))
    if what.target_level is not TargetLevel.OVERALL:
        message = "转移支付由主管部门申报整体绩效目标，目标层级须为“整体”。"
        found.append(Finding("/description/target_level", "level_wrong", message))
    if what.transfer_class is None:
        message = "请选择转移支付类别：共同财政事权或专项。"
        found.append(Finding("/description/transfer_class", "class_missing", message))
    if what.allocation_method is None:
        message = "请选择分配方法：因素法或项目法。"
        found.append(Finding("/description/allocation_method", "method_missing", message))
    return found


def _own_findings(what: Description) -> list[Finding]:
    if what.target_level is TargetLevel.PROJECT:
        return []
    message = "非转移支付项目的目标层级须为“项目”。"
    return [Finding("/description/target_level", "level_wrong", message)]
