package api

import (
	"context"
	"errors"
	"net/http"

	"yizheng/api/access"
	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/qr"
	"yizheng/register"
	"yizheng/scan"
	"yizheng/seal"
	"yizheng/templates"
	"yizheng/templates/pages"
)

// The reasons that handlers name. The rest of the table is reached through
// sentinels and faults.
const (
	reasonInternal      = "internal"
	reasonNotFound      = "not_found"
	reasonMethod        = "method_not_allowed"
	reasonTooLarge      = "body_too_large"
	reasonMediaType     = "unsupported_media_type"
	reasonNotice        = "notice_unsigned"
	reasonNoHistory     = "time_not_kept"
	reasonMalformed     = "malformed_request"
	reasonParameter     = "invalid_parameter"
	reasonFaults        = "faults"
	reasonToken         = "token_missing"
	reasonBadToken      = "token_invalid"
	reasonScope         = "scope_missing"
	reasonAuthority     = "authority_missing"
	reasonOrganisation  = "organisation_not_own"
	reasonKey           = "idempotency_key_missing"
	reasonKeyReused     = "idempotency_key_reused"
	reasonRate          = "rate_limited"
	reasonBusy          = "busy"
	reasonTimeout       = "timeout"
	reasonNotReady      = "not_ready"
	reasonNotRecordable = "not_recordable"
	reasonPicture       = "picture_unreadable"
	reasonForeignForm   = "form_not_ours"
	reasonMayNotRecord  = "recording_not_allowed"
	reasonMayNotContest = "contesting_not_allowed"
	reasonHolderOut     = "holder_logged_out"
	reasonNoHolder      = "holder_unknown"
	reasonLoginFailed   = "login_failed"
)

// table says for each reason with which status it is answered and in which
// words. It is the only place where an error meets a status.
var table = []pages.ProblemEntry{
	{Status: http.StatusBadRequest, Reason: reasonMalformed, Title: "请求格式有误", TitleEN: "Malformed request", Detail: "请求内容不符合接口说明。", DetailEN: "The request is not of the form that the interface describes."},
	{Status: http.StatusBadRequest, Reason: reasonParameter, Title: "参数有误", TitleEN: "Invalid parameter", Detail: "地址中的参数不是允许的值。", DetailEN: "A parameter of the address has a value that is not allowed."},
	{Status: http.StatusBadRequest, Reason: reasonKey, Title: "缺少幂等键", TitleEN: "Idempotency key missing", Detail: "写请求须在Idempotency-Key头中给出1至128个可见ASCII字符的幂等键。", DetailEN: "A write request needs an Idempotency-Key header of 1 to 128 visible ASCII characters."},
	{Status: http.StatusBadRequest, Reason: "dispute_malformed", Title: "异议格式有误", TitleEN: "Malformed dispute", Detail: "请求内容不是符合格式的签名异议。", DetailEN: "The request is no signed statement of a dispute in its canonical form."},
	{Status: http.StatusUnauthorized, Reason: reasonToken, Title: "需要登录", TitleEN: "Token missing", Detail: "此操作须出示访问令牌。", DetailEN: "This needs a bearer token."},
	{Status: http.StatusUnauthorized, Reason: reasonBadToken, Title: "令牌无效", TitleEN: "Token invalid", Detail: "访问令牌无效或已过期。", DetailEN: "The bearer token does not count, or has expired."},
	{Status: http.StatusForbidden, Reason: reasonScope, Title: "没有权限", TitleEN: "Scope missing", Detail: "访问令牌未被授予此操作的权限。", DetailEN: "The bearer token does not grant this."},
	{Status: http.StatusForbidden, Reason: reasonAuthority, Title: "未代表任何机关", TitleEN: "Authority missing", Detail: "访问令牌没有写明所代表的机关。", DetailEN: "The bearer token names no authority that it acts for."},
	{Status: http.StatusForbidden, Reason: reasonOrganisation, Title: "不能代表其他单位", TitleEN: "Another organisation", Detail: "核验记录只能以访问令牌所代表的机关的名义登记。", DetailEN: "A verification is recorded in the name of the token’s own authority only."},
	{Status: http.StatusForbidden, Reason: "not_the_authority", Title: "不是作出许可的机关", TitleEN: "Not the authority", Detail: "谁审批、谁负责：只有作出许可的机关可以处理该许可。", DetailEN: "Only the authority that granted a permit may act on it."},
	{Status: http.StatusForbidden, Reason: "not_the_issuer", Title: "不是发证机关", TitleEN: "Not the issuer", Detail: "只有发证机关可以制发、变更和撤回行业综合许可证。", DetailEN: "Only the issuing office issues, changes and withdraws licenses."},
	{Status: http.StatusForbidden, Reason: "dispute_stranger", Title: "不是联盟成员的签名", TitleEN: "Not signed by a member", Detail: "异议须由信任名单上的发证机关以其记录密钥签名。", DetailEN: "A dispute is taken only from an issuer on the trust list, signed by its record key."},
	{Status: http.StatusForbidden, Reason: reasonForeignForm, Title: "表单已失效", TitleEN: "The form is not good any more", Detail: "登录已变化，或表单不是从本站打开的；没有登记。请重新打开核验结果页再提交。", DetailEN: "Your log-in has changed, or the form was not opened on this site; nothing was recorded. Open the result anew and send it again."},
	{Status: http.StatusForbidden, Reason: reasonMayNotRecord, Title: "没有登记核验的权限", TitleEN: "You may not record checks", Detail: "您的账号没有登记核验的权限，或没有写明所代表的机关。", DetailEN: "Your account does not grant it, or names no authority that you act for."},
	{Status: http.StatusForbidden, Reason: reasonMayNotContest, Title: "没有提出异议的权限", TitleEN: "You may not file disputes", Detail: "您的账号没有提出异议的权限。", DetailEN: "Your account does not grant it."},
	{Status: http.StatusForbidden, Reason: reasonHolderOut, Title: "登录已结束", TitleEN: "The log-in has ended", Detail: "请重新登录，再出示许可证。", DetailEN: "Log in again to show the license."},
	{Status: http.StatusForbidden, Reason: reasonNoHolder, Title: "不是企业账号", TitleEN: "Not the account of a business", Detail: "身份认证服务没有给出有效的统一社会信用代码。请以市场主体（法人）身份登录，或使用发证机关给的亮证链接。", DetailEN: "The identity provider names no valid unified social credit code. Log in for a business, or use the link from the issuing office."},
	{Status: http.StatusForbidden, Reason: reasonLoginFailed, Title: "没有登录成功", TitleEN: "The log-in did not succeed", Detail: "身份认证服务没有放行，或登录用时过长、是在另一个窗口开始的。请重新登录。", DetailEN: "The identity provider let nobody in, or the log-in took too long or was begun in another window. Log in again."},
	{Status: http.StatusNotFound, Reason: reasonNotFound, Title: "没有这个页面或对象", TitleEN: "Not found", Detail: "此处没有所请求的内容。", DetailEN: "There is nothing of this name here."},
	{Status: http.StatusNotFound, Reason: "holder_link_unknown", Title: "没有这个亮证链接", TitleEN: "No such holder link", Detail: "网址不完整，或不是本站发出的。请核对发证机关给您的网址。", DetailEN: "The address is not whole, or was not given out here. Compare it with the one from the issuing office."},
	{Status: http.StatusGone, Reason: "holder_link_revoked", Title: "亮证链接已作废", TitleEN: "Holder link revoked", Detail: "发证机关已作废此链接。请向发证机关索取新的链接；许可证本身不受影响。", DetailEN: "The issuing office has revoked this link. Ask it for a new one; the license itself is not affected."},
	{Status: http.StatusConflict, Reason: "holder_links_too_many", Title: "亮证链接过多", TitleEN: "Too many holder links", Detail: "该持证人有效的链接已达上限，请先作废不用的。", DetailEN: "The holder has as many open links as there may be; revoke some first."},
	{Status: http.StatusNotFound, Reason: "license_not_found", Title: "没有这张证", TitleEN: "License not found", Detail: "登记簿中没有该标识或编号的证。", DetailEN: "The register has no license of this identifier or number."},
	{Status: http.StatusNotFound, Reason: "permit_not_found", Title: "没有这项许可", TitleEN: "Permit not found", Detail: "该证现行版本中没有该编号的许可。", DetailEN: "The current version of the license lists no permit of this number."},
	{Status: http.StatusNotFound, Reason: "dispute_not_found", Title: "没有这项异议", TitleEN: "Dispute not found", Detail: "登记簿中没有该编号的异议，或不由您处理。", DetailEN: "The register has no dispute of this number that is yours to see."},
	{Status: http.StatusNotFound, Reason: "check_not_found", Title: "没有这条核验记录", TitleEN: "Check not found", Detail: "异议须以本单位登记过的核验为依据；请先登记核验。", DetailEN: "A dispute rests on a check on record here; record the check first."},
	{Status: http.StatusMethodNotAllowed, Reason: reasonMethod, Title: "不支持此操作", TitleEN: "Method not allowed", Detail: "此地址不支持所用的请求方法。", DetailEN: "This address does not answer this method."},
	{Status: http.StatusConflict, Reason: "permit_final", Title: "许可已终结", TitleEN: "Permit has ended", Detail: "该许可已被吊销、撤销或注销，不能再作其他处理。", DetailEN: "The permit was revoked, withdrawn or cancelled, and that is final."},
	{Status: http.StatusConflict, Reason: "permit_not_suspended", Title: "许可未被暂扣", TitleEN: "Permit not suspended", Detail: "只有被暂扣的许可可以恢复。", DetailEN: "Only a suspended permit is reinstated."},
	{Status: http.StatusConflict, Reason: "permit_ambiguous", Title: "许可编号重复", TitleEN: "Permit ambiguous", Detail: "两个实施机关有相同编号的许可。", DetailEN: "Two authorities granted permits of this number."},
	{Status: http.StatusConflict, Reason: "not_dead", Title: "并非滞留件", TitleEN: "Not a dead letter", Detail: "该事件没有被放弃投递，无需重投。", DetailEN: "This event was not given up, so there is nothing to send again."},
	{Status: http.StatusConflict, Reason: "license_withdrawn", Title: "该证已撤回", TitleEN: "License withdrawn", Detail: "该证已撤回，请重新制发。", DetailEN: "The license was withdrawn; issue a new one."},
	{Status: http.StatusConflict, Reason: "dispute_answered", Title: "异议已答复", TitleEN: "Dispute answered", Detail: "该异议已有另一答复，答复签名后不能更改。", DetailEN: "The dispute has another answer, and what was signed is not changed."},
	{Status: http.StatusConflict, Reason: "dispute_differs", Title: "异议编号重复", TitleEN: "Another dispute of this id", Detail: "已收到过编号相同而内容不同的异议。", DetailEN: "Another statement was received under this id."},
	{Status: http.StatusRequestEntityTooLarge, Reason: reasonTooLarge, Title: "内容过大", TitleEN: "Body too large", Detail: "请求内容超过此地址允许的大小。", DetailEN: "The request has more bytes than this address takes."},
	{Status: http.StatusNotAcceptable, Reason: reasonNoHistory, Title: "没有该时刻的清单", TitleEN: "No list of that time", Detail: "所问时刻在将来，或早于清单中的首次签发。", DetailEN: "The time asked for lies ahead, or before the first license of the list."},
	{Status: http.StatusForbidden, Reason: reasonNotice, Title: "通知未经签名", TitleEN: "Notice not signed", Detail: "状态清单变更通知不是信任清单所列发证机关签发的。", DetailEN: "The notice of changed lists is not signed by the issuer whose lists it names."},
	{Status: http.StatusUnsupportedMediaType, Reason: reasonMediaType, Title: "内容类型不支持", TitleEN: "Unsupported media type", Detail: "此地址不接受这种内容类型。", DetailEN: "This address does not take this type of content."},
	{Status: http.StatusUnprocessableEntity, Reason: reasonFaults, Title: "内容不合规则", TitleEN: "Content breaks rules", Detail: "提交的内容有错误，逐项列于faults。", DetailEN: "What was handed in breaks rules; faults lists all of them."},
	{Status: http.StatusUnprocessableEntity, Reason: reasonKeyReused, Title: "幂等键已用", TitleEN: "Idempotency key reused", Detail: "该幂等键已用于另一请求。", DetailEN: "This Idempotency-Key was used for another request."},
	{Status: http.StatusUnprocessableEntity, Reason: reasonPicture, Title: "无法读取文件", TitleEN: "File unreadable", Detail: "上传的文件不是可读取的PNG、JPEG或PDF,或尺寸过大。", DetailEN: "The file is no PNG, JPEG or PDF that can be read, or is too large in pixels or pages."},
	{Status: http.StatusUnprocessableEntity, Reason: reasonNotRecordable, Title: "没有可登记的证", TitleEN: "Nothing to record", Detail: "核验没有得出任何一张真实的证，无从登记；结论见outcome。", DetailEN: "No genuine license came out, so there is none to record a check of; see outcome."},
	{Status: http.StatusUnprocessableEntity, Reason: "code_too_large", Title: "二维码放不下", TitleEN: "Too large for a code", Detail: "内容超出一个二维码的容量。", DetailEN: "The content is more than one code holds."},
	{Status: http.StatusUnprocessableEntity, Reason: "dispute_elsewhere", Title: "不是向本机关提出的异议", TitleEN: "Addressed elsewhere", Detail: "该异议是向另一地区的发证机关提出的。", DetailEN: "The dispute is addressed to the issuer of another region."},
	{Status: http.StatusUnprocessableEntity, Reason: "dispute_license_unknown", Title: "不是本机关所发的证", TitleEN: "License not ours", Detail: "本机关没有制发过该标识的证。", DetailEN: "This office has issued no license of this identifier."},
	{Status: http.StatusUnprocessableEntity, Reason: "dispute_permit_unknown", Title: "证上没有这项许可", TitleEN: "Permit not on the license", Detail: "该证没有该编号的许可。", DetailEN: "The license lists no permit of this number."},
	{Status: http.StatusUnprocessableEntity, Reason: "dispute_time", Title: "异议时间不在范围内", TitleEN: "Dispute out of time", Detail: "异议的签署时间在将来，或已超过90天；请核对双方时钟。", DetailEN: "The dispute was made in the future, or more than 90 days ago; compare the clocks."},
	{Status: http.StatusUnprocessableEntity, Reason: "dispute_issuer_unknown", Title: "不知道发证机关", TitleEN: "Issuer unknown", Detail: "信任名单上没有该证的发证机关。", DetailEN: "No issuer of the license is on the trust list."},
	{Status: http.StatusUnprocessableEntity, Reason: "dispute_no_address", Title: "发证机关不通过网络受理异议", TitleEN: "No address for disputes", Detail: "发证机关没有公布受理异议的网址，请按faults所列直接联系。", DetailEN: "The issuer names no address for disputes; faults says whom to call."},
	{Status: http.StatusTooManyRequests, Reason: reasonRate, Title: "请求过于频繁", TitleEN: "Too many requests", Detail: "请稍候再试。", DetailEN: "Wait a little and try again."},
	{Status: http.StatusTooManyRequests, Reason: "dispute_too_many", Title: "当日异议过多", TitleEN: "Too many disputes in a day", Detail: "该地区24小时内提出的异议已达上限，将于次日受理。", DetailEN: "The region has filed as many disputes as are taken in 24 hours; they are taken later."},
	{Status: http.StatusInternalServerError, Reason: reasonInternal, Title: "系统出错", TitleEN: "Something went wrong here", Detail: "系统内部出错，已记入日志。请凭请求编号联系管理机关。", DetailEN: "The fault is ours and is in the log under the request id."},
	{Status: http.StatusServiceUnavailable, Reason: reasonBusy, Title: "系统繁忙", TitleEN: "Busy", Detail: "正在处理的文件过多，请稍候再试。", DetailEN: "Too many files are being read just now; try again shortly."},
	{Status: http.StatusServiceUnavailable, Reason: reasonTimeout, Title: "处理超时", TitleEN: "Timeout", Detail: "未能在限定时间内完成，请稍候再试。", DetailEN: "It was not done in time; try again shortly."},
	{Status: http.StatusServiceUnavailable, Reason: "login_unavailable", Title: "暂时无法验证身份", TitleEN: "Login unavailable", Detail: "身份认证服务暂时无法连接，请稍候再试。", DetailEN: "The identity provider cannot be reached just now; try again shortly."},
	{Status: http.StatusServiceUnavailable, Reason: "character_without_font", Title: "缺少字体", TitleEN: "No font for a character", Detail: "现有字体没有证上的某个字，文件尚未生成；证本身不受影响，请运行单位补充字体。", DetailEN: "No font here has a character of the license, so the document is not made yet; the license itself is not affected. Whoever runs this adds a font."},
	{Status: http.StatusServiceUnavailable, Reason: "seal_unavailable", Title: "暂时无法加盖电子印章", TitleEN: "Seal unavailable", Detail: "时间戳或证书状态服务暂时无法使用，文件尚未生成；证本身不受影响，请稍候再试。", DetailEN: "An authority that the seal depends on gives no answer just now, so the document is not made yet; the license itself is not affected. Try again shortly."},
	{Status: http.StatusServiceUnavailable, Reason: "register_unavailable", Title: "登记簿暂时不可用", TitleEN: "Register unavailable", Detail: "登记簿暂时无法读写，请稍候再试；程序请用同一幂等键。", DetailEN: "The register cannot be reached just now; try again shortly, with the same Idempotency-Key."},
	{Status: http.StatusServiceUnavailable, Reason: "issuer_unavailable", Title: "发证地区暂时连不上", TitleEN: "The issuer cannot be reached", Detail: "所要的内容由另一地区发布，现在取不到，请稍候再试。", DetailEN: "Another region publishes what was asked for, and gives no answer just now; try again shortly."},
	{Status: http.StatusServiceUnavailable, Reason: "key_closed", Title: "签发密钥已关闭", TitleEN: "Signing key closed", Detail: "本节点所用的签发密钥已关闭，不再签发；请运行单位启用新密钥并重启。没有留下未办完的内容。", DetailEN: "The key that this node signs with was closed, and nothing is issued by it any more. Whoever runs this brings a new one into use and restarts. Nothing was left half-way."},
	{Status: http.StatusServiceUnavailable, Reason: "output_unverifiable", Title: "本节点所签内容无法通过核验", TitleEN: "What this node signs does not verify", Detail: "本节点签出的证通不过自身核验，已放弃，没有留下未办完的内容；请运行单位核对本机时钟，以及信任名单是否列有其密钥。", DetailEN: "What this node signs does not verify, so it was given up and nothing was left half-way. Whoever runs this compares the machine's clock, and sees that the trust list names its keys."},
	{Status: http.StatusServiceUnavailable, Reason: reasonNotReady, Title: "尚未就绪", TitleEN: "Not ready", Detail: "本节点尚不能提供服务。", DetailEN: "This node cannot serve yet."},
	{Status: http.StatusServiceUnavailable, Reason: "dispute_unverifiable", Title: "暂时无法核对签名", TitleEN: "Signature cannot be checked now", Detail: "本节点的信任名单已过期，请稍后再送。", DetailEN: "The trust list of this node has ended; send it again later."},
}

// sentinels are the errors of other packages that callers branch on.
var sentinels = []struct {
	err    error
	reason string
}{
	{access.ErrNoToken, reasonToken},
	{access.ErrUnavailable, "login_unavailable"},
	{issuer.ErrNotFound, reasonNotFound},
	{register.ErrMark, reasonParameter},
	{holder.ErrNoLink, "holder_link_unknown"},
	{holder.ErrRevoked, "holder_link_revoked"},
	{holder.ErrTooMany, "holder_links_too_many"},
	{qr.ErrTooLarge, "code_too_large"},
	{templates.ErrCharacter, "character_without_font"},
	{seal.ErrUnavailable, "seal_unavailable"},
	{seal.ErrRevoked, "seal_unavailable"},
	{seal.ErrCertificate, "seal_unavailable"},
	{seal.ErrClock, "seal_unavailable"},
	{issuer.ErrUnavailable, "register_unavailable"},
	{ErrIssuerAway, "issuer_unavailable"},
	{issuer.ErrKeyClosed, "key_closed"},
	{issuer.ErrUnproven, "output_unverifiable"},
	{scan.ErrFormat, reasonPicture},
	{scan.ErrTooLarge, reasonPicture},
	{scan.ErrBusy, reasonBusy},
	{context.DeadlineExceeded, reasonTimeout},
	{context.Canceled, reasonTimeout},
}

// ofStatus are the reasons for what the router finds by itself.
var ofStatus = map[int]string{
	http.StatusNotFound:              reasonNotFound,
	http.StatusMethodNotAllowed:      reasonMethod,
	http.StatusRequestEntityTooLarge: reasonTooLarge,
	http.StatusUnsupportedMediaType:  reasonMediaType,
	http.StatusBadRequest:            reasonMalformed,
}

// malformed are the reasons of faults that mean: this is not even an
// application.
var malformed = map[string]bool{"not_json": true, "trailing_data": true, "too_deep": true, "text_invalid_utf8": true}

// reasonOfFaults gives the reason for a list of faults: a single one that has
// its own place in the table, or that of faults in general.
func reasonOfFaults(faults license.Faults) string {
	if len(faults) != 1 {
		return reasonFaults
	}
	reason := faults[0].Reason
	if malformed[reason] {
		return reasonMalformed
	}
	if k := kindOf(reason); k.Reason == reason {
		return reason
	}
	return reasonFaults
}

// kindOf finds a reason in the table; one that is not there is ours.
func kindOf(reason string) pages.ProblemEntry {
	var internal pages.ProblemEntry
	for _, k := range table {
		if k.Reason == reason {
			return k
		}
		if k.Reason == reasonInternal {
			internal = k
		}
	}
	return internal
}

// challenge is what a 401 asks for (RFC 6750, section 3).
func challenge(err error) string {
	var refused *access.TokenError
	if errors.As(err, &refused) {
		return `Bearer realm="yizheng", error="invalid_token", error_description="` + refused.Reason + `"`
	}
	return `Bearer realm="yizheng"`
}
