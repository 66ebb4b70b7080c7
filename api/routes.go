package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"yizheng/api/access"
	"yizheng/dispute"
)

// Limits of bodies, in bytes, by what they are for.
const (
	noBody          = 0
	smallBody       = 16 << 10 // a reason
	verifyBody      = 64 << 10 // a code and what it was checked for
	noticeBody      = 64 << 10 // notice.MaxToken
	listsBody       = 1 << 20  // which lists a page has
	applicationBody = 64 << 10 // catalog.MaxApplication
	fileBody        = 10 << 20 // a phone's photograph, a scanned page
	batchBody       = 256 << 20
	disputeBody     = dispute.MaxSigned
)

// routes is the whole route table. Routes whose parts this node does not have
// do not exist.
func (s *server) routes(e *echo.Echo) {
	add := func(method, path string, limit int64, handler echo.HandlerFunc, around ...echo.MiddlewareFunc) {
		e.Add(method, path, handler, append(around[:len(around):len(around)], bounded(limit))...)
	}
	get := func(path string, handler echo.HandlerFunc, around ...echo.MiddlewareFunc) {
		add(http.MethodGet, path, noBody, handler, around...)
		add(http.MethodHead, path, noBody, handler, around...)
	}

	// For everyone.
	get("/", s.home, page)
	get("/v/*", s.showCode, negotiated, s.limited)
	add(http.MethodPost, "/verify", fileBody, s.verifyPage, page, s.limited)
	add(http.MethodPost, "/v1/verify", fileBody, s.verify, s.limited)
	get("/problems", s.problems, page)
	get("/openapi.yaml", s.describe)
	get("/schemas/:name", s.schema)
	get("/robots.txt", s.robots)
	if s.c.Scanner != nil {
		get("/scan", s.scanner)
		get("/scan/*", s.scanner)
		get("/scan/anchor.json", s.anchor)
		get("/favicon.ico", s.icon)
	}

	// For those who work at the desk, which looks after itself. Whoever is
	// logged in there may record a check on the page of its result.
	if s.c.Sessions != nil {
		add(http.MethodPost, "/v/*", smallBody, s.recordOnPage, page, s.limited)
	}
	if s.c.Desk != nil {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			add(method, "/desk", batchBody, s.desk)
			add(method, "/desk/*", batchBody, s.desk)
			// Who is not known yet has the identity provider asked.
			add(method, "/desk/login", smallBody, s.desk, page, s.limited)
			add(method, "/desk/login/*", smallBody, s.desk, page, s.limited)
		}
	}

	// For holders who log in: the pages of a link, under another name.
	if s.c.Entrance != nil {
		get(holderLogin, s.holderLoginPage, page, s.limited)
		get(holderLogin+"/start", s.beginHolderLogin, page, s.limited)
		get(HolderLoginBack, s.finishHolderLogin, page, s.limited)
		add(http.MethodPost, holderLogin+"/account", smallBody, s.takeHolderAccount, page, s.limited)
		add(http.MethodPost, holderHome+"/logout", smallBody, s.leave, page, s.limited)
	}
	// For holders, by the link that they were given.
	if s.c.Links != nil {
		get("/h/live.js", s.liveScript)
		get("/h/:token", s.showHolder, page, s.limited)
		get("/h/:token/:license", s.showLive, page, s.limited)
		get("/h/:token/:license/live", s.renewLive, s.limited)
		get("/h/:token/:license/document.pdf", s.ownDocument, page, s.limited)
		get("/h/:token/:license/face.png", s.ownFace, page, s.limited)
		get("/h/:token/:license/checks", s.showChecks, page, s.limited)
		get("/h/:token/:license/copy", s.showCopyForm, page, s.limited)
		add(http.MethodPost, "/h/:token/:license/copy", smallBody, s.makeOwnCopy, page, s.limited)
	}

	// Published.
	if s.c.Keys != nil {
		get("/.well-known/jwks.json", s.keys)
	}
	if s.c.Trust != nil {
		get("/.well-known/yizheng-trust.json", s.trust)
	}
	if s.c.CredentialIssuer != nil {
		get("/.well-known/jwt-vc-issuer", s.credentialIssuer)
	}
	if s.c.Copies != nil {
		get("/status/lists", s.copies, s.limited)
		add(http.MethodPost, "/status/lists", listsBody, s.updateLists, s.limited)
	}
	if s.c.Closing != nil {
		get("/status/closing/:digest", s.closing, s.limited)
	}
	if s.c.Noticed != nil {
		add(http.MethodPost, "/v1/notices", noticeBody, s.takeNotice, s.limited)
	}
	if s.c.Bundle != nil {
		get("/v1/bundle", s.carryBundle, s.limited)
	}
	if s.c.Register != nil {
		get("/status/:chunk", s.statusList)
		get("/status/records/:license", s.licenseRecord)
	}

	// For those who run it.
	get("/healthz", s.healthy)
	get("/readyz", s.ready)
	get("/metrics", s.measure)

	// For those who are allowed to.
	if s.c.Register != nil {
		read := s.authorized(access.LicenseRead)
		get("/v1/licenses", s.listLicenses, read)
		get("/v1/licenses/:id", s.showLicense, read)
		get("/v1/licenses/:id/events", s.showEvents, read)
		get("/v1/licenses/:id/code.txt", s.codeText, read)
		get("/v1/licenses/:id/verifications", s.listVerifications, s.authorized(access.VerificationRead))
		add(http.MethodPost, "/v1/verifications", verifyBody, s.recordVerification, s.authorized(access.VerificationWrite))
		get("/v1/library/outbox", s.showOutbox, s.authorized(access.LibraryRead))
		add(http.MethodPost, "/v1/library/outbox/:license/:sequence/replay", noBody, s.replay, s.authorized(access.LibraryWrite))
	}
	if s.c.Disputes != nil {
		add(http.MethodPost, "/disputes", disputeBody, s.receiveDispute, s.limited)
		read := s.authorized(access.DisputeRead)
		get("/v1/disputes", s.listDisputes, read)
		get("/v1/disputes/:id", s.showDispute, read)
		add(http.MethodPost, "/v1/disputes", smallBody, s.fileDispute, s.authorized(access.DisputeWrite))
		add(http.MethodPost, "/v1/disputes/:id/answer", smallBody, s.answerDispute, s.authorized(access.DisputeAnswer))
	}
	if s.c.Renderer != nil {
		read := s.authorized(access.LicenseRead)
		get("/v1/licenses/:id/document.pdf", s.document, read)
		for name := range faces {
			get("/v1/licenses/:id/"+name, s.face(name), read)
		}
	}
	if s.c.Links != nil {
		write := s.authorized(access.LicenseWrite)
		add(http.MethodPost, "/v1/holders/:code/links", noBody, s.makeLink, write)
		add(http.MethodPost, "/v1/licenses/:id/copies", smallBody, s.makeOfficeCopy, write)
		get("/v1/holders/:code/links", s.listLinks, s.authorized(access.LicenseRead))
		add(http.MethodDelete, "/v1/holders/:code/links/:link", noBody, s.revokeLink, write)
	}
	if s.c.Credentials != nil {
		get("/v1/licenses/:id/credential", s.credential, s.authorized(access.LicenseRead))
	}
	if s.c.Issuer != nil {
		write := s.authorized(access.LicenseWrite)
		add(http.MethodPost, "/v1/licenses/preview", applicationBody, s.preview, write)
		if s.c.Renderer != nil {
			add(http.MethodPost, "/v1/licenses/preview.pdf", applicationBody, s.specimen, write)
		}
		add(http.MethodPost, "/v1/licenses", applicationBody, s.issue, write)
		add(http.MethodPut, "/v1/licenses/:id", applicationBody, s.change, write)
		add(http.MethodPost, "/v1/licenses/:id/withdraw", smallBody, s.withdraw, write)
		add(http.MethodPost, "/v1/licenses/:id/permits/:number/:act", smallBody, s.actOnPermit, s.authorized(access.PermitWrite))
	}
	if s.c.Batches != nil {
		write := s.authorized(access.LicenseWrite, access.PermitWrite)
		add(http.MethodPost, "/v1/batches", batchBody, s.handInBatch, write)
		get("/v1/batches", s.listBatches, write)
		get("/v1/batches/:id", s.showBatch, write)
		get("/v1/batches/:id/events", s.watchBatch, write)
		get("/v1/batches/:id/files/:name", s.batchFile, write)
		add(http.MethodPost, "/v1/batches/:id/cancel", noBody, s.cancelBatch, write)
	}
}
