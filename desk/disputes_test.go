package desk_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"yizheng/desk"
	"yizheng/dispute"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
	"yizheng/register/registertest"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

const jiaxing, elsewhere = license.Region("330400"), "嘉兴市市场监督管理局"

// disputing gives a desk whose office takes disputes, and an office of Jiaxing
// that files them.
func disputing(t *testing.T) (*world, *dispute.Office, *register.Store) {
	t.Helper()
	others, err := verifiertest.New()
	if err != nil {
		t.Fatal(err)
	}
	var bundle *trust.Bundle
	w := newWorld(t, func(c *desk.Config) {
		store, _ := c.Register.(*register.Store)
		key := issuertest.NewSigner(t)
		entry := others.Issuer(issuertest.Region)
		entry.Name, entry.Code, entry.Disputes = office, license.CreditCode("1131010500DEM001YN"), address+"/disputes"
		entry.Keys = append(entry.Keys, trust.Key{PublicKey: key.PublicKey(), Use: trust.UseRecord, NotBefore: verifiertest.Day("2020-01-01")})
		signed, err := others.Bundle(issuertest.Region, 7, c.Clock())
		if err != nil {
			t.Fatal(err)
		}
		if bundle, err = trust.Load(signed); err != nil {
			t.Fatal(err)
		}
		c.Disputes, err = dispute.New(dispute.Config{Store: store, Trust: func() *trust.Bundle { return bundle }, Region: issuertest.Region, Signer: key, Clock: c.Clock})
		if err != nil {
			t.Fatal(err)
		}
	})
	store := registertest.Empty(t)
	there, err := dispute.New(dispute.Config{Store: store, Trust: func() *trust.Bundle { return bundle.In(jiaxing) }, Region: jiaxing, Signer: others.Issuer(jiaxing).Record, Clock: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return w, there, store
}

// TestDisputes: what another region has filed waits at the desk, is answered
// once, and the answer is what both sides keep.
func TestDisputes(t *testing.T) {
	ctx := context.Background()
	w, there, register := disputing(t)
	l := w.bookstore()
	w.as("office").get("/desk/disputes").want(http.StatusOK, "没有待答复的异议", "没有提出过异议")
	k := w.contested(l, there, register)
	office, _ := w.config.Disputes.(*dispute.Office)
	path := "/desk/disputes/" + k.Statement.ID
	b := w.as("office").get("/desk/disputes").want(http.StatusOK, "经营场所不符", path, string(jiaxing), "待答复")
	b.get(path).want(http.StatusOK, "现场为另一门牌&lt;b&gt;。", elsewhere, "0573-00000000", "/desk/licenses/"+l.Identifier.String(), "签署答复")

	for _, who := range []string{"reader", "market", "nothing", "unbound"} {
		w.as(who).get("/desk/disputes").want(http.StatusForbidden)
	}
	// A department sees what it has filed, and nothing that was filed with the office.
	w.as("pretender").get(path).want(http.StatusNotFound, "没有这件异议")
	w.as("pretender").get("/desk/disputes").want(http.StatusOK, "没有提出过异议").never(path)
	p := w.as("pretender").get("/desk/disputes")
	p.post(path+"/answer", url.Values{"result": {"rejected"}, "text": {"不实。"}}).want(http.StatusForbidden)
	w.as("office").get("/desk/disputes/nowhere").want(http.StatusNotFound, "没有这件异议")

	b.post(path+"/answer", url.Values{"result": {"upheld"}, "text": {" "}, "act": {"责令变更"}}).want(http.StatusUnprocessableEntity, "请先改正下列问题", "责令变更", `value="upheld" required checked`)
	for range 2 { // a second click is told what is on record
		b.post(path+"/answer", url.Values{"result": {"upheld"}, "text": {"经查属实。"}, "act": {"责令变更地址"}}).want(http.StatusOK, "异议成立", "经查属实。", "责令变更地址", "答复已签署并存档").never("签署答复")
	}
	b.post(path+"/answer", url.Values{"result": {"rejected"}, "text": {"不实。"}}).want(http.StatusConflict, "异议已经答复")
	b.get("/desk/disputes").want(http.StatusOK, "已答复", "没有待答复的异议")
	receipt, _, err := office.Receive(ctx, k.Signed)
	if err != nil || receipt.Answer == nil || receipt.Answer.Text != "经查属实。" || receipt.Answer.By != b.w.config.IssuerName {
		t.Errorf("%+v, %v", receipt.Answer, err)
	}
}

// contested has Jiaxing file a dispute of a license with the office.
func (w *world) contested(l license.License, there *dispute.Office, register *register.Store) dispute.Kept {
	w.t.Helper()
	ctx := context.Background()
	if err := register.AddVerification(ctx, license.Verification{ID: "c1", License: l.Identifier, Outcome: "valid", At: w.clock.Now(), Region: jiaxing,
		Purpose: "日常检查", Organisation: elsewhere, Operator: "王"}); err != nil {
		w.t.Fatal(err)
	}
	k, _, err := there.File(ctx, dispute.Order{Key: "k", Check: "c1", Reason: dispute.PremisesDiffer, Text: "现场为另一门牌<b>。",
		Contact: dispute.Contact{Organisation: elsewhere, Name: "王", Telephone: "0573-00000000"}, Actor: "王"})
	if err != nil {
		w.t.Fatal(err)
	}
	office, _ := w.config.Disputes.(*dispute.Office)
	if _, _, err := office.Receive(ctx, k.Signed); err != nil {
		w.t.Fatal(err)
	}
	return k
}

// TestNoDisputes: where there are none, nobody has a right to them.
func TestNoDisputes(t *testing.T) {
	w := newWorld(t, nil)
	w.as("office").get("/desk").want(http.StatusOK).never("/desk/disputes")
	w.as("office").get("/desk/disputes").want(http.StatusForbidden)
}
