package desk

import "net/http"

// Limits of bodies, in bytes.
const (
	noBody    = 0
	formBody  = 512 << 10 // an application of forty permits, its texts percent-encoded
	batchBody = 256 << 20
)

// routes is the whole route table. A route without a right would be nobody's:
// handle takes none.
func (d *Desk) routes() {
	get := func(path string, want right, h handler) { d.handle(http.MethodGet, path, want, noBody, h) }
	post := func(path string, want right, h handler) { d.handle(http.MethodPost, path, want, formBody, h) }

	get("", forPeople, d.overview)
	get("/desk.js", forEveryone, d.script)

	get("/login", forEveryone, d.loginPage)
	get("/login/start", forEveryone, d.beginLogin)
	get("/login/back", forEveryone, d.finishLogin)
	post("/login/account", forEveryone, d.takeAccount)
	post("/logout", forPeople, d.logout)

	get("/licenses", toRead, d.search)
	get("/licenses/new", toIssue, d.newPage)
	post("/licenses/new", toIssue, d.newLicense)
	get("/licenses/{id}/change", toIssue, d.changePage)
	post("/licenses/{id}/change", toIssue, d.change)
	get("/licenses/{id}", toRead, d.license)
	get("/licenses/{id}/files/{name}", toOversee, d.licenseFile)
	get("/licenses/{id}/act", toAct, d.actPage)
	post("/licenses/{id}/act", toAct, d.act)
	post("/licenses/{id}/links", toIssue, d.makeLink)
	post("/licenses/{id}/links/{link}/revoke", toIssue, d.revokeLink)
	get("/licenses/{id}/withdraw", toIssue, d.withdrawPage)
	post("/licenses/{id}/withdraw", toIssue, d.withdraw)

	get("/batch-templates/{name}", toBatch, d.batchTemplate)
	get("/batches", toBatch, d.batches)
	d.handle(http.MethodPost, "/batches", toBatch, batchBody, d.handInBatch)
	get("/batches/{id}", toBatch, d.batch)
	get("/batches/{id}/events", toBatch, d.watchBatch)
	get("/batches/{id}/files/{name}", toBatch, d.batchFile)
	post("/batches/{id}/cancel", toBatch, d.cancelBatch)

	get("/disputes", toSeeDisputes, d.disputes)
	get("/disputes/{id}", toSeeDisputes, d.dispute)
	post("/disputes/{id}/answer", toAnswer, d.answerDispute)
	get("/library", toSeeFilings, d.library)
	post("/library/replay", toFileAgain, d.replay)
	post("/library/hurry", toFileAgain, d.hurry)
	get("/expiring", toRead, d.expiring)
	get("/statistics", toOversee, d.statistics)
}
