package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"yizheng/catalog"
	"yizheng/examples"
	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/scanner"
	"yizheng/templates"
	"yizheng/templates/answer"
	"yizheng/verifier"
)

// scene is one thing to look at: what it is, and what is to be expected.
type scene struct {
	title, says answer.Text
	link        string
	result      verifier.Result
}

// showing is what the demonstration prints. All of it was tried before.
type showing struct {
	scenes []scene
	pdf    string // one of the documents
	books  string // address of one license in the library
	holder string // the link by which one business shows its license
}

// demoExamples are the applications that each district's licenses are made of.
func demoExamples() map[license.Region][]string {
	return map[license.Region][]string{
		"310105": {examples.Restaurant, examples.Bookstore, examples.ConvenienceStore, examples.Gym},
		"310106": {examples.JinganCafe}, "330402": {examples.JiaxingBookstore}, "440305": {examples.ShenzhenCafe},
	}
}

// play issues the examples, acts on one, and waits until all of it is
// published and filed. A second time it finds what it did.
func (m *demo) play(ctx context.Context) (s showing, err error) {
	issued := make(map[string]issuer.Issued)
	for region, names := range demoExamples() {
		if err := m.issue(ctx, m.nodes[region].d, names, issued); err != nil {
			return s, err
		}
	}
	restaurant := issued[examples.Restaurant].License
	changning := m.nodes["310105"]
	for n, act := range []issuer.Act{issuer.Suspend, issuer.Revoke} {
		if _, err := changning.d.issuer.SetPermit(ctx, restaurant.Number, restaurant.Permits[n].Number, act, "演示", issuer.Order{Actor: operator()}); err != nil {
			return s, fmt.Errorf("acting on a permit: %w", err)
		}
	}
	for _, n := range m.nodes {
		if err := n.update(ctx, n.d.issuer.Refresh, true); err != nil {
			return s, err
		}
	}
	if err := m.filed(ctx); err != nil {
		return s, err
	}
	forged, err := forge(issued[examples.Bookstore].Text)
	if err != nil {
		return s, err
	}
	// Every link leads to Changning, which judges the others' licenses.
	at := func(text string, title, says answer.Text) error {
		_, code, err := payload.Find(text)
		if err != nil {
			return fmt.Errorf("reading a code: %w", err)
		}
		link := code.Text(changning.d.settings.codePrefix())
		s.scenes = append(s.scenes, scene{title, says, link, changning.Verify(ctx, link)})
		return nil
	}
	err = errors.Join(
		at(issued[examples.ConvenienceStore].Text, answer.Text{ZH: "长宁便利店，八项许可", EN: "Changning convenience store, eight permits"},
			answer.Text{ZH: "有效：八项许可逐项列出，各有编号、机关、范围和救济途径。", EN: "Valid: eight permits, each with number, authority, scope and remedies."}),
		at(issued[examples.Bookstore].Text, answer.Text{ZH: "长宁书店，五项许可", EN: "Changning bookstore, five permits"},
			answer.Text{ZH: "有效：书店带咖啡和小舞台，跨业态自由组合。", EN: "Valid: a bookshop with a café and a small stage, combined freely across trades."}),
		at(issued[examples.Gym].Text, answer.Text{ZH: "长宁体育馆，生僻字", EN: "Changning gym, rare characters"},
			answer.Text{ZH: "有效：名称中的生僻字在码里、页面上和证上都不变。", EN: "Valid: its rare characters are the same in the code, on the page and in print."}),
		at(issued[examples.Restaurant].Text, answer.Text{ZH: "长宁饭店，一项暂扣、一项吊销", EN: "Changning restaurant, one permit suspended, one revoked"},
			answer.Text{ZH: "部分有效：证是真的，被处理的两项如实显示，其余一项不受影响。", EN: "Partially valid: genuine; the two permits that were acted on say so, and the other is not affected."}),
		at(issued[examples.JinganCafe].Text, answer.Text{ZH: "静安咖啡店，全市互认", EN: "Jing’an café, recognised within Shanghai"},
			answer.Text{ZH: "有效：由静安区签发，在长宁按全市互认协议逐项认可。", EN: "Valid: issued by another district, recognised permit by permit."}),
		at(issued[examples.JiaxingBookstore].Text, answer.Text{ZH: "浙江嘉兴书店，长三角互认", EN: "Jiaxing bookstore, from Zhejiang"},
			answer.Text{ZH: "有效：按演示用的长三角协议逐项认可，页面写明所依据的协议。", EN: "Valid: recognised permit by permit, by a demonstration agreement of the Delta that the page names."}),
		at(issued[examples.ShenzhenCafe].Text, answer.Text{ZH: "深圳咖啡店，长三角以外", EN: "Shenzhen café, from outside the Delta"},
			answer.Text{ZH: "真实但本地不认可：没有协议。这与伪造不同，页面也不相像。", EN: "Genuine, not recognised here: there is no agreement. That is not forgery, and does not look like it."}),
		at(forged, answer.Text{ZH: "伪造：签名被改动，校验码正确", EN: "Forged: the signature was altered, the check digits fit"},
			answer.Text{ZH: "伪造或被篡改：改动一位即被识破。", EN: "Not genuine: one bit is enough to be found out."}),
	)
	s.pdf = m.documentPath(issued[examples.ConvenienceStore].License)
	var linked error
	s.holder, linked = m.holderLink(ctx, changning.d, issued[examples.ConvenienceStore].License.Holder.CreditCode)
	err = errors.Join(err, linked)
	s.books = "http://127.0.0.1:" + strconv.Itoa(m.port+libraryPort) + "/v1/filings/" + restaurant.Identifier.Base()
	return s, err
}

// holderLink gives the link of the run before, where it still opens, or a new
// one: of links the register has nothing that could be printed again.
func (m *demo) holderLink(ctx context.Context, d *deployment, of license.CreditCode) (string, error) {
	kept := filepath.Join(m.dir, "holder-link")
	if held, err := os.ReadFile(kept); err == nil {
		address := strings.TrimSpace(string(held))
		if _, err := d.links().Open(ctx, holder.Token(path.Base(address))); err == nil {
			return address, nil
		}
	}
	address, _, err := d.makeLink(ctx, of)
	if err != nil {
		return "", err
	}
	return address, writeFile(kept, []byte(address+"\n"), 0o600)
}

// issue issues the named examples in one district, and writes their documents.
func (m *demo) issue(ctx context.Context, d *deployment, names []string, issued map[string]issuer.Issued) error {
	var apps []catalog.Application
	for _, name := range names {
		app, err := examples.Read(name)
		if err != nil {
			return err
		}
		apps = append(apps, app)
	}
	done, err := d.issuer.Issue(ctx, apps, issuer.Order{Actor: operator()})
	if err != nil {
		return fmt.Errorf("issuing in %s: %w", d.settings.Region, err)
	}
	for i, one := range done {
		issued[names[i]] = one
		v, err := d.store.Version(ctx, one.License.Identifier.String())
		if err != nil {
			return fmt.Errorf("reading what was issued: %w", err)
		}
		pdf, err := d.press.Document(ctx, v, templates.Edition{})
		if err != nil {
			return err
		}
		if err := writeFile(m.documentPath(one.License), pdf, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (m *demo) documentPath(l license.License) string {
	return filepath.Join(m.dir, "licenses", l.Identifier.String()+".pdf")
}

// filedWithin is how long the library may take to get everything.
const filedWithin = time.Minute

// filed waits until the library has everything of the districts that file.
func (m *demo) filed(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, filedWithin)
	defer cancel()
	for _, n := range m.nodes {
		for n.workers != nil {
			state, err := n.d.store.FilingState(ctx)
			if err != nil {
				return fmt.Errorf("looking at the outbox: %w", err)
			}
			if state.Pending == 0 {
				break
			}
			if pause(ctx, 50*time.Millisecond); ctx.Err() != nil {
				return fmt.Errorf("waiting for the library: %d events of %s did not get there: %w", state.Pending, n.d.settings.Region, ctx.Err())
			}
		}
	}
	return nil
}

// forge gives the code with one bit of its signature turned over. Its check
// digits are right, as a forger would make them.
func forge(text string) (string, error) {
	prefix, code, err := payload.Find(text)
	if err != nil {
		return "", fmt.Errorf("reading a code: %w", err)
	}
	code.Signature = append([]byte(nil), code.Signature...)
	code.Signature[10] ^= 1
	return code.Text(prefix), nil
}

// print says what to open.
func (m *demo) print(s showing) {
	say := func(format string, a ...any) { fmt.Fprintf(m.c.stdout, format+"\n", a...) }
	say("一证 yizheng 演示已就绪  the demonstration is ready")
	say("所有证照均为演示,不具法律效力。Nothing here has any force in law.\n")
	for i, region := range demoRegions() {
		say("%-16s  %s  %s", m.address(i), region, m.nodes[region].d.bundle.IssuerOf(region).Name)
	}
	say("\n先看这里      a guided tour    %s/", m.address(0))
	say("发证台        issuer's desk    %s/desk  (演示账号无需密码; accounts without a password)", m.address(0))
	say("\n长宁看到的结果,点开即见  as Changning sees them, open to see:")
	for _, x := range s.scenes {
		say("\n  %-16s %s  %s\n  %s", x.result.Outcome, x.title.ZH, x.title.EN, x.link)
	}
	district := m.districtDir("310105")
	say("\n证照文件      documents        %s", filepath.Join(m.dir, "licenses"))
	say("电子证照库    library (books)  curl -H \"Authorization: Bearer $(cat %s)\" %s", filepath.Join(m.dir, "library", "token"), s.books)
	say("离线核验      verify offline   %s verify --trust %s --status %s %s", program(), trustPath(district), filepath.Join(district, "status"), s.pdf)
	say("接口令牌      API token        %s token --data %s --scope license:read,license:write", program(), district)
	say("亮证链接      holder's page    %s", s.holder)
	if _, err := scanner.ReadSite(scanner.Built()); err == nil {
		say("离线扫描页    scanner page     %s%s", m.address(0), scanner.Root)
	}
	if m.secure != nil {
		say("证书          certificate      %s  (自签,浏览器会提示; self-made, browsers will ask)", filepath.Join(m.dir, "tls", "certificate.pem"))
	}
	say("\nCtrl-C 结束  ends it; 再次运行沿用同一目录  the next run goes on with %s", m.dir)
}
