"""What this service refuses."""

from jixiao.servicekit.errors import Forbidden, Refused


class Classified(Refused):
    """A state secret is never published (R-41, fixed); said to cleared callers alone."""

    reason = "classified"
    article = "D-27"
    sentence = "涉密，不得公开。"


class SecretInPackage(Refused):
    """The same answer for a secret and for what does not exist: it tells nothing."""

    reason = "not_for_package"
    article = "D-28"
    sentence = "所列项目不能列入报送人大材料包：仅可列入本系统登记的非涉密项目，国家秘密不得通过本渠道报送。"


class NotOwner(Forbidden):
    """Who manages, publishes."""

    reason = "not_owner"
    article = "D-27"
    sentence = "按照“谁主管、谁负责、谁公开”的原则，该信息由{owner}公开，您不能办理。"


class NotPublishable(Refused):
    """The duty is fulfilled or exempt."""

    reason = "WRONG_STATE"
    article = "D-27"
    sentence = "该公开事项当前状态为“{state}”，不能办理；请刷新后查看最新状态。"


class NothingProposed(Refused):
    """There is nothing to review."""

    reason = "nothing_proposed"
    article = "D-27"
    sentence = "尚无待保密审查的公开内容，请先由经办人提出公开。"


class ContentMissing(Refused):
    """What has to stand on the page does not exist yet."""

    reason = "content_missing"
    article = "D-27"
    sentence = "缺少公开内容：{missing}。请待相关事项办结后再提出公开。"


class Withdrawn(Refused):
    """A withdrawn publication is not corrected."""

    reason = "withdrawn"
    article = "D-27"
    sentence = "该公开内容已依法撤下，不能再更正或撤下。"


class PackageState(Refused):
    """Not in this state of the package."""

    reason = "WRONG_STATE"
    article = "D-28"
    sentence = "报送人大材料包当前状态为“{state}”，不能办理该事项。"


class PackageEmpty(Refused):
    """A package without rows."""

    reason = "package_empty"
    article = "D-28"
    sentence = "材料包尚无任何项目，请先由部门报送项目绩效信息。"


class PackageFrozen(Refused):
    """After submission only supplements."""

    reason = "package_frozen"
    article = "D-28"
    sentence = "材料包已进入审核或已报送，原内容不得改动；报送后如有新情况请作为补充材料报送。"


class NoSuchRow(Refused):
    """A question on what is not in the package, or an answer to what was not asked."""

    reason = "no_such_row"
    article = "D-28"
    sentence = "材料包中没有该项目或该问题，请核对后重试。"


class NotYourRow(Forbidden):
    """A department answers for its own programmes."""

    reason = "not_your_row"
    article = "D-28"
    sentence = "该问题由主管部门或区财政局答复，您不能答复其他部门的项目。"


class Unanswered(Refused):
    """Open questions keep the package open."""

    reason = "unanswered"
    article = "D-28"
    sentence = "尚有 {count} 个问题未答复，不能办结。"
