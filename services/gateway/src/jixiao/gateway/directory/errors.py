"""What the directory refuses, in words for officials and administrators."""

from jixiao.servicekit.errors import Forbidden, Refused, Unauthenticated


class LoginFailed(Unauthenticated):
    """Unknown name, wrong password or code, disabled account and pause answer alike (P4.3)."""

    reason = "login_failed"
    sentence = "登录名、密码或动态码不正确，或者该账号暂时停用；连续失败五次须等待十五分钟后再试。"


class SecondFactorOff(Refused):
    """This installation has its second factor switched off (P4.3)."""

    reason = "second_factor_off"
    sentence = "本系统的动态码已由运维人员关闭，无须绑定。"


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


class OidcRefused(Unauthenticated):
    """The provider's answer is none, or is not for this browser, this client and this attempt (P4.4)."""

    reason = "oidc_refused"
    sentence = "统一身份认证未通过或已超时，请返回登录页重新登录。"


class OidcUnlinked(Unauthenticated):
    """The identity opens no account, or one that is shut (P4.4)."""

    reason = "oidc_unlinked"
    sentence = "该统一身份没有关联可用的账号，请联系系统管理员办理关联。"


class OidcOneFactor(Unauthenticated):
    """The provider does not say that two factors were shown (P4.3)."""

    reason = "oidc_one_factor"
    sentence = "统一身份认证未使用两种验证方式，请插入 UKey 后重新登录，或改用密码与动态码登录。"


class OwnIdentity(Forbidden):
    """Nobody links or confirms an identity for himself (P3.2)."""

    reason = "own_identity"
    sentence = "不能为本人关联统一身份，请由其他系统管理员办理。"


class IdentityConfirmed(Refused):
    """A confirmed link is not confirmed again."""

    reason = "identity_confirmed"
    sentence = "该关联已经确认，不能重复确认。"


class ClientDisabled(Refused):
    """A client that was shut stays shut (P4.5)."""

    reason = "client_disabled"
    sentence = "该客户端系统已经停用，不能再变更；如需恢复接入，请另行登记。"


class TooManyKeys(Refused):
    """At most two keys of a kind, while one takes the other's place (P4.5)."""

    reason = "too_many_keys"
    sentence = "该客户端系统已有两份同类密钥，请先停用不再使用的一份，再添加新的。"


class ClientElsewhere(Forbidden):
    """A client calls from a network that is not on its list (P4.5)."""

    reason = "client_address"
    sentence = "该客户端系统不得从此网络地址调用，请由登记的地址调用或联系系统管理员。"


class CsrfMissing(Forbidden):
    """An unsafe request by cookie without the token of its session (P4.2)."""

    reason = "csrf"
    sentence = "请求缺少本次登录的校验标识（X-CSRF-Token），请刷新页面后重试。"
