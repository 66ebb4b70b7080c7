package desk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"

	"yizheng/api/access"
	"yizheng/api/login"
	"yizheng/dispute"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/register"
	"yizheng/seal"
	"yizheng/templates"
	pages "yizheng/templates/desk"
)

// words say what went wrong and what to do.
type words struct{ title, detail pages.Text }

var (
	noPage = words{pages.Text{ZH: "没有这个页面", EN: "There is no such page"},
		pages.Text{ZH: "网址可能不完整，或所指的内容已不存在。", EN: "The address may be incomplete, or what it named is gone."}}
	noLicense = words{pages.Text{ZH: "没有这张证", EN: "There is no such license"},
		pages.Text{ZH: "登记簿中没有该编号或标识的证，或其中没有本机关的许可。", EN: "The register has no license of this number or identifier, or it lists no permit of your authority."}}
	noRight = words{pages.Text{ZH: "没有权限", EN: "Not allowed"},
		pages.Text{ZH: "您的账号没有办理此事的权限。需要时请联系本单位的账号管理员。", EN: "Your account does not grant this. If you need it, ask whoever manages your office’s accounts."}}
	noDispute = words{pages.Text{ZH: "没有这件异议", EN: "There is no such dispute"},
		pages.Text{ZH: "编号有误，或不是本机关提出、收到的异议。", EN: "The number is wrong, or it was neither filed by nor with your authority."}}
	answeredBefore = words{pages.Text{ZH: "异议已经答复", EN: "The dispute has been answered"},
		pages.Text{ZH: "答复经签署后不能更改；请查看已有的答复。", EN: "A signed answer is not changed; see the one that is there."}}
	foreignForm = words{pages.Text{ZH: "表单已失效", EN: "The form is not good any more"},
		pages.Text{ZH: "登录已变化，或表单不是从本站打开的；没有办理任何事项。请返回，重新打开页面再提交。", EN: "Your log-in has changed, or the form was not opened on this site; nothing was done. Go back, open the page anew and send it again."}}
	tooLarge = words{pages.Text{ZH: "内容过大", EN: "Too large"},
		pages.Text{ZH: "提交的内容超过允许的大小，没有办理任何事项。", EN: "What was sent is larger than is taken here; nothing was done."}}
	badRequest = words{pages.Text{ZH: "无法读取提交的内容", EN: "The request could not be read"},
		pages.Text{ZH: "提交的内容不完整或格式有误，没有办理任何事项。请返回重试。", EN: "What was sent is incomplete or malformed; nothing was done. Go back and try again."}}
	badMark = words{pages.Text{ZH: "翻页标记已失效", EN: "This page of the list is gone"},
		pages.Text{ZH: "查询条件已变化，请从第一页开始。", EN: "What was searched for has changed; begin at the first page."}}
	away = words{pages.Text{ZH: "登记簿暂时无法使用", EN: "The register cannot be reached just now"},
		pages.Text{ZH: "请稍候再试。刚才提交的若已办成，再次提交不会重复办理。", EN: "Try again shortly. If what you sent was done after all, sending it again does nothing twice."}}
	keyClosed = words{pages.Text{ZH: "签发密钥已关闭", EN: "The signing key was closed"},
		pages.Text{ZH: "本系统暂停签发，提交的内容没有办理。请运行单位启用新密钥后再试。", EN: "Nothing is issued just now, and what you sent was not done. Whoever runs this brings a new key into use; try again then."}}
	unproven = words{pages.Text{ZH: "本节点所签内容无法通过核验", EN: "What is signed here does not verify"},
		pages.Text{ZH: "提交的内容没有办理。请运行单位核对本机时钟，以及信任名单是否列有其密钥。", EN: "What you sent was not done. Whoever runs this compares the machine's clock, and sees that the trust list names its keys."}}
	noLogin = words{pages.Text{ZH: "暂时无法登录", EN: "Nobody can log in just now"},
		pages.Text{ZH: "统一身份认证服务无法连接，请稍候再试。", EN: "The identity provider cannot be reached; try again shortly."}}
	loginFailed = words{pages.Text{ZH: "没有登录成功", EN: "The log-in did not succeed"},
		pages.Text{ZH: "身份认证服务没有放行，或登录用时过长、是在另一个窗口开始的。请重新登录。", EN: "The identity provider let nobody in, or the log-in took too long or was begun in another window. Log in again."}}
	noSeal = words{pages.Text{ZH: "文件尚未生成", EN: "The document is not made yet"},
		pages.Text{ZH: "电子印章、时间戳或字体暂时无法使用；证本身不受影响，请稍候再试。", EN: "The seal, its time stamp or a font is not available just now; the license itself is not affected. Try again shortly."}}
	busy = words{pages.Text{ZH: "系统繁忙", EN: "Busy"},
		pages.Text{ZH: "正在处理的文件过多，请稍候再试。", EN: "Too many files are being taken in just now; try again shortly."}}
	broken = words{pages.Text{ZH: "系统出错", EN: "Something went wrong here"},
		pages.Text{ZH: "系统内部出错，已记入日志。请凭请求编号联系运维单位。", EN: "The fault is ours and is in the log under the request’s number."}}
)

// refusal is an error that a page says.
type refusal struct {
	status int
	words  words
	scopes []access.Scope // that would have been needed
	faults license.Faults
	cause  error
}

// Error gives what is said, and the cause, for the log.
func (r *refusal) Error() string {
	if r.cause == nil {
		return r.words.title.EN
	}
	return r.words.title.EN + ": " + r.cause.Error()
}

// Unwrap gives the cause.
func (r *refusal) Unwrap() error { return r.cause }

func refuse(status int, w words, cause error) error {
	return &refusal{status: status, words: w, cause: cause}
}

func malformed(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return refuse(http.StatusRequestEntityTooLarge, tooLarge, err)
	}
	return refuse(http.StatusBadRequest, badRequest, err)
}

// known are the errors of other packages that have a page of their own.
var known = []struct {
	err    error
	status int
	words  words
}{
	{issuer.ErrNotFound, http.StatusNotFound, noLicense},
	{issuer.ErrUnavailable, http.StatusServiceUnavailable, away},
	{issuer.ErrKeyClosed, http.StatusServiceUnavailable, keyClosed},
	{issuer.ErrUnproven, http.StatusServiceUnavailable, unproven},
	{dispute.ErrNotFound, http.StatusNotFound, noDispute},
	{dispute.ErrAnswered, http.StatusConflict, answeredBefore},
	{register.ErrMark, http.StatusBadRequest, badMark},
	{access.ErrUnavailable, http.StatusServiceUnavailable, noLogin},
	{login.ErrAttempt, http.StatusForbidden, loginFailed},
	{login.ErrRefused, http.StatusForbidden, loginFailed},
	{seal.ErrUnavailable, http.StatusServiceUnavailable, noSeal},
	{seal.ErrRevoked, http.StatusServiceUnavailable, noSeal},
	{seal.ErrCertificate, http.StatusServiceUnavailable, noSeal},
	{seal.ErrClock, http.StatusServiceUnavailable, noSeal},
	{templates.ErrCharacter, http.StatusServiceUnavailable, noSeal},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, away},
	{context.Canceled, http.StatusServiceUnavailable, away},
}

// refusalOf finds how an error is said. What nobody thought of is ours.
func refusalOf(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	var token *access.TokenError
	if errors.As(err, &token) {
		return &refusal{status: http.StatusForbidden, words: loginFailed, cause: err}
	}
	var faults license.Faults
	if errors.As(err, &faults) {
		status := http.StatusUnprocessableEntity
		if len(faults) == 1 && faults[0].Reason == "license_not_found" {
			status = http.StatusNotFound
		}
		return &refusal{status: status, words: words{pages.Text{ZH: "没有办理", EN: "Nothing was done"}, pages.Text{}}, faults: faults, cause: err}
	}
	for _, k := range known {
		if errors.Is(err, k.err) {
			return &refusal{status: k.status, words: k.words, cause: err}
		}
	}
	return &refusal{status: http.StatusInternalServerError, words: broken, cause: err}
}

// fail writes the page of an error, unless an answer has begun.
func (d *Desk) fail(q *request, err error) {
	r := refusalOf(err)
	id := q.w.Header().Get("X-Request-Id")
	if r.status >= http.StatusInternalServerError {
		d.log.ErrorContext(q.r.Context(), "desk failed", "request", id, "error", err)
	} else {
		d.log.DebugContext(q.r.Context(), "desk refused", "request", id, "error", err)
	}
	if q.written {
		return
	}
	page := pages.Problem{Status: r.status, Detail: r.words.detail, Faults: r.faults, Request: id, LoggedIn: q.known}
	if q.r.Method == http.MethodGet && r.status >= http.StatusInternalServerError {
		page.Again = q.r.URL.RequestURI()
	}
	for _, s := range r.scopes {
		page.Scopes = append(page.Scopes, string(s))
	}
	if err := d.show(q, r.status, "problem", r.words.title, page); err != nil {
		d.log.DebugContext(q.r.Context(), "writing an error", "request", id, "error", err)
	}
}

// escape writes a text into a query.
func escape(s string) string { return url.QueryEscape(s) }

// local says whether an address lies on the desk, or is that of a result, on
// which checks are recorded: so a link cannot lead whoever logs in to another
// place.
func local(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || path.Clean(u.Path) != u.Path {
		return false
	}
	onDesk := u.Path == Root || strings.HasPrefix(u.Path, Root+"/") && !strings.HasPrefix(u.Path, Root+"/login")
	return onDesk || strings.HasPrefix(u.Path, "/v/")
}
