"""What the directory refuses, in words for officials and administrators."""

from jixiao.servicekit.errors import Forbidden, Refused, Unauthenticated


class LoginFailed(Unauthenticated):
    """Unknown name, wrong password, disabled account and pause answer alike (P4.3)."""

    reason = "login_failed"
    sentence = "登录名或密码不正确，或者该账号暂时停用；连续失败五次须等待十五分钟后再试。"


class SessionEnded(Unauthenticated):
    """The session ended while the request was under way (P4.1)."""

    reason = "session_ended"
    sentence = "登录已失效，请重新登录。"


class OwnGrant(Forbidden):
    """Nobody gives a grant to himself, as proposer or as the one who confirms (P3.2)."""

    reason = "own_grant"
    sentence = "不能给本人授权，请由其他安全管理员办理。"


class ProposalClosed(Refused):
    """A confirmed proposal is not confirmed again."""

    reason = "proposal_closed"
    sentence = "该授权申请已经确认，不能重复确认。"


class AccountsExist(Refused):
    """`install` makes the first accounts and never again (P4.0)."""

    reason = "accounts_exist"
    sentence = "系统中已有账号，不能再次初始化；请由系统管理员在系统内办理。"


class CsrfMissing(Forbidden):
    """An unsafe request by cookie without the token of its session (P4.2)."""

    reason = "csrf"
    sentence = "请求缺少本次登录的校验标识（X-CSRF-Token），请刷新页面后重试。"
