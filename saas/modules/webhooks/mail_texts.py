"""What the mail says when something is sent no more, in English and Chinese, and why in both."""

from saas.engine.field import Label
from saas.modules.identity.mail_texts import Letter
from saas.modules.webhooks.tables import StateReason

STOPPED = (
    Letter(
        "The webhook {name} of {company} has stopped",
        (
            "The webhook “{name}” of {company} in Atrium sends nothing to {host} since {since}.",
            "{reason}",
            "What happens meanwhile is kept. Once that is mended an administrator can resume it (webhookResume), and it"
            " goes on where it stopped.",
        ),
    ),
    Letter(
        "{company}的网络回调“{name}”已停止",
        (
            "自 {since} 起，{company}在 Atrium 中的网络回调“{name}”不再向 {host} 发送任何内容。",
            "{reason}",
            "期间发生的事件会予以保留。问题解决后，管理员可恢复该回调（webhookResume），并从停止处继续发送。",
        ),
    ),
)
REASONS = {
    StateReason.BY_HAND: Label("An administrator paused it.", "管理员已将其暂停。"),
    StateReason.IDENTITY_LEFT: Label(
        "The person or app in whose name it was sent is here no longer.", "其所使用的人员或应用身份已不在本公司。"
    ),
    StateReason.DOCUMENT_UNFIT: Label(
        "Its document does not fit any more: fields or rights that it needs are gone.",
        "其查询文档已不再适用：所需的字段或权限已不存在。",
    ),
    StateReason.GONE: Label(
        "The server there answered that it is gone for good (410).", "对方服务器答复该地址已永久失效（410）。"
    ),
    StateReason.FAILING: Label("Not one message arrived there for three days.", "连续三天没有任何消息成功送达。"),
}
