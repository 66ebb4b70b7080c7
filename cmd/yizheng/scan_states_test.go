//go:build !race

package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"yizheng/scanner/scannertest"
)

// scanStates are those of the scanner's page, which a script puts into them.
// That an answer was lost, another anchor is offered, or a clock is wrong, is in
// yizheng/api.
var scanStates = []state{
	{"/scan", "the first visit, and the device is full", func(s *stage) {
		s.quota(1)
		s.Go(s.scanner())
		s.Wait(`document.body.dataset.ready`)
		s.types(s.code, true)
	}, 0, []string{"有效", "清单 刚刚", "本机不能保存：存储已满", "联网时核验照常", "关闭本页后就没有了", "Nothing can be kept", "请腾出空间"}},
	{"/scan", "the browser has evicted what was kept, and there is no network", func(s *stage) { s.evicted() }, 0, []string{"离线 · 没有清单", "还没有取得清单，暂时不能核验", "No lists were fetched yet", "请联网后点右上角更新"}},
	{"/scan", "a code without lists", func(s *stage) {
		s.evicted()
		s.types(s.code, false)
		s.hint("还没有清单，无法核验")
	}, 0, []string{"请先联网，打开本页一次", "open this page once with a network"}},
	{"/scan", "nothing was scanned yet", func(s *stage) { s.visit(); s.tab("history") }, 0, []string{"还没有扫描过", "Nothing was scanned yet"}},
	{"/scan", "there is no camera", func(s *stage) {
		s.visit()
		s.Run(`document.getElementById("start").click()`, nil)
		s.hint("这台设备没有相机")
	}, 0, []string{"请用下面的图片、文字，或接上扫码枪", "This device has no camera", "打开相机"}},
	{"/scan", "a file that is no picture", func(s *stage) {
		s.visit()
		s.Choose("#file", s.file("x.png", 100))
		s.hint("不是能识读的图片")
	}, 0, []string{"请换一张清楚的 PNG 或 JPEG", "no picture that can be read"}},
	{"/scan", "a PDF that is too large", func(s *stage) {
		s.visit()
		s.Choose("#file", s.file("large.pdf", 10<<20+1))
		s.hint("超过 10 MB")
	}, 0, []string{"请打开 PDF 截屏", "take a screenshot"}},
	{"/scan", "an answer, and the device is full", func(s *stage) {
		s.fill()
		s.types(s.code, true)
	}, 0, []string{"有效", "这次核验没有记入历史", "Not kept in the history", "结论不受影响"}},
	{"/scan", "the device had no room for a token, and has again", func(s *stage) {
		s.fill()
		s.token("of an inspector")
		s.Wait(`document.getElementById("notices").innerText.includes("本机不能保存")`)
		s.quota(0)
		s.Run(`document.getElementById("freshness").click()`, nil)
		s.Wait(`document.getElementById("notices").innerText === ""`)
		s.visit()
		s.tab("settings")
		s.Wait(`document.getElementById("token").value === "of an inspector"`)
	}, 0, []string{"离线清单", "Lists on this device"}},
	{"/scan", "a check is to be recorded, and the device is full", func(s *stage) {
		s.fill()
		s.types(s.code, true)
		s.record()
		s.Wait(`document.querySelector("form.record [role=status]").innerText`)
		var seen bool
		if s.Run(`(() => { const told = document.querySelector("form.record [role=status]"), at = told.getBoundingClientRect(); return told.contains(document.elementFromPoint(at.x + 20, at.y + 10)); })()`, &seen); !seen {
			s.t.Error("that nothing was written down is out of sight")
		}
	}, 0, []string{"没有记下", "Not written down", "请腾出空间后再按一次"}},
	{"/scan", "the lists are too old", func(s *stage) {
		s.visit()
		s.flight(true)
		s.Run(`{ const real = Date; globalThis.Date = class extends real { constructor(...given) { given.length ? super(...given) : super(real.now() + 80 * 3600e3); } static now() { return real.now() + 80 * 3600e3; } }; }`, nil)
		s.types(s.code, true)
	}, 0, []string{"无法核实", "Cannot", "清单"}},
	{"/scan", "no inspector’s token", func(s *stage) {
		s.visit()
		s.types(s.code, true)
		s.record()
		s.queue("尚未填写核验人员令牌")
	}, 0,
		[]string{"1 条核验记录待发送", "请在“设置”中填写", "give it under Settings"}},
	{"/scan", "a token that does not count", func(s *stage) {
		s.visit()
		s.token("nobody's")
		s.types(s.code, true)
		s.record()
		s.queue("令牌无效")
	}, 0, []string{"1 条核验记录待发送", "请在“设置”中更换令牌", "set another token under Settings"}},
	{"/scan", "a token that grants something else", func(s *stage) {
		s.visit()
		s.token(s.bureau.token("license:read"))
		s.types(s.code, true)
		s.record()
		s.queue("没有权限")
	}, 0, []string{"1 条核验记录待发送", "请在“设置”中更换令牌"}},
	{"/scan", "a check that was made by a clock far ahead", func(s *stage) {
		s.visit()
		s.token(s.bureau.token("verification:write"))
		s.flight(true)
		s.Run(`{ const real = Date; globalThis.Date = class extends real { constructor(...given) { given.length ? super(...given) : super(real.now() + 20 * 60e3); } static now() { return real.now() + 20 * 60e3; } }; }`, nil)
		s.types(s.code, true)
		s.record()
		s.Wait(`document.getElementById("queue").dataset.waiting === "1"`)
		s.flight(false)
		s.Run(`document.getElementById("freshness").click()`, nil)
		s.queue("一条记录未被接受")
	}, 0, []string{"时间在将来", "The instant lies in the future", "用纸笔", "on paper"}},
	{"/scan", "the database is away", func(s *stage) {
		s.visit()
		s.token(s.bureau.token("verification:write"))
		s.away(true)
		s.types(s.code, true)
		s.record()
		s.queue("登记簿暂时不可用")
	}, 0, []string{"有效", "1 条核验记录待发送", "Register unavailable"}},
	{"/scan", "an update fails", func(s *stage) {
		s.visit()
		s.Call("Network.setBlockedURLs", map[string]any{"urls": []string{"*/status/lists*"}})
		s.Run(`document.getElementById("freshness").click()`, nil)
		s.Wait(`!document.getElementById("freshness").hasAttribute("aria-busy")`)
		s.tab("settings")
		s.Wait(`document.getElementById("held").innerText.includes("上次更新没有成功")`)
	}, 0, []string{"手上的清单照旧可用", "The last update failed", "请稍候再更新"}},
}

// TestScanStates provokes the states of the scanner's page. What the browser
// keeps for it is cleared before each.
func TestScanStates(t *testing.T) {
	t.Parallel()
	s := newStage(t, time.Now().Format(time.RFC3339)) // a browser's clock is what it is
	for _, st := range scanStates {
		t.Run(st.state, func(t *testing.T) {
			s.t = t
			s.For(t)
			defer func() {
				s.restore()
				s.quota(0)
				s.Call("Network.setBlockedURLs", map[string]any{"urls": []string{}})
				s.Go("about:blank")
				s.Call("Storage.clearDataForOrigin", map[string]any{"origin": s.origin(), "storageTypes": "all"})
			}()
			st.provoke(s)
			s.look(t, st)
		})
	}
	s.For(t)
	refused := *s
	refused.Browser = scannertest.Refusing(t)
	refused.Size(360, 740, true)
	refused.visit()
	refused.Call("Browser.setPermission", map[string]any{"permission": map[string]any{"name": "camera"}, "setting": "denied", "origin": s.origin()})
	refused.Run(`document.getElementById("start").click()`, nil)
	refused.hint("没有相机权限")
	refused.look(t, state{"/scan", "the camera is refused", nil, 0, []string{"请在浏览器的网站设置中允许相机", "The camera is not allowed", "打开相机"}})
	refused.Call("Browser.setPermission", map[string]any{"permission": map[string]any{"name": "camera"}, "setting": "granted", "origin": s.origin()})
	refused.Run(`document.getElementById("start").click()`, nil)
	refused.Wait(`document.getElementById("finder").classList.contains("live")`)
	refused.Run(`document.getElementById("video").srcObject.getVideoTracks()[0].dispatchEvent(new Event("ended"))`, nil)
	refused.look(t, state{"/scan", "the camera is taken away", nil, 0, []string{"相机停了", "The camera has stopped", "请再打开相机"}})
}

// origin is the node itself: a browser installs nothing from a host whose
// certificate it does not believe.
func (s *stage) origin() string { return "http://" + s.bureau.nodes[0] }

func (s *stage) scanner() string { return s.origin() + "/scan" }

// visit opens the page until it could be used without a network.
func (s *stage) visit() {
	s.t.Helper()
	s.Go(s.scanner())
	s.Wait(`document.body.dataset.ready === "lists" && document.body.dataset.offline === "ready"`)
}

// evicted has the browser throw away what the page has kept, and opens it
// without a network.
func (s *stage) evicted() {
	s.t.Helper()
	s.visit()
	s.Call("Storage.clearDataForOrigin", map[string]any{"origin": s.origin(), "storageTypes": "indexeddb"})
	s.flight(true)
	s.Go(s.scanner())
	s.Wait(`document.body.dataset.ready === "empty"`)
}

// quota is how many bytes the page may keep; none for the usual.
func (s *stage) quota(bytes int) {
	s.t.Helper()
	of := map[string]any{"origin": s.origin()}
	if bytes > 0 {
		of["quotaSize"] = bytes
	}
	s.Call("Storage.overrideQuotaForOrigin", of)
}

// fill fills what the page may keep, after it was opened.
func (s *stage) fill() {
	s.t.Helper()
	s.quota(16 << 20)
	s.visit()
	s.Run(`new Promise((done, failed) => {
		const request = indexedDB.open("filler", 1);
		request.onupgradeneeded = () => request.result.createObjectStore("all", { autoIncrement: true });
		request.onerror = () => failed(request.error);
		request.onsuccess = () => {
			let size = 1 << 20;
			const put = () => {
				const transaction = request.result.transaction("all", "readwrite");
				const noise = crypto.getRandomValues(new Uint8Array(Math.min(size, 65536)));
				transaction.objectStore("all").put(new Uint8Array(size).map((_, n) => noise[n % noise.length]));
				transaction.oncomplete = put;
				transaction.onabort = () => ((size >>= 1) < 64 ? done() : put());
			};
			put();
		};
	})`, nil)
}

func (s *stage) flight(on bool) {
	s.Call("Network.emulateNetworkConditions", map[string]any{"offline": on, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
}

func (s *stage) tab(name string) {
	s.t.Helper()
	s.Run(`document.querySelector("nav button[data-to=`+name+`]").click()`, nil)
	s.Wait(`!document.querySelector("section[data-tab=` + name + `]").hidden`)
}

// types pastes a text and has it verified; answered waits for the answer.
func (s *stage) types(text string, answered bool) {
	s.t.Helper()
	quoted, _ := json.Marshal(text)
	s.tab("scan")
	s.Run(`document.getElementById("text").value = `+string(quoted)+`; document.getElementById("typed").requestSubmit()`, nil)
	if answered {
		s.Wait(`document.body.dataset.outcome && !document.getElementById("answer").hidden`)
	}
}

func (s *stage) hint(says string) {
	s.t.Helper()
	s.Wait(`document.getElementById("hint").innerText.includes("` + says + `")`)
}

func (s *stage) queue(says string) {
	s.t.Helper()
	s.Wait(`document.getElementById("queue").innerText.includes("` + says + `")`)
}

func (s *stage) token(token string) {
	s.t.Helper()
	quoted, _ := json.Marshal(token)
	s.tab("settings")
	s.Wait(`document.querySelectorAll("#held li").length > 0`)
	s.Run(`{ const t = document.getElementById("token"); t.value = `+string(quoted)+`; t.dispatchEvent(new Event("change")); }`, nil)
}

// record fills the form in under an answer, and sends it.
func (s *stage) record() {
	s.t.Helper()
	s.Run(`document.getElementById("record").open = true; { const form = document.querySelector("form.record"); form.elements.purpose.value = "日常检查"; form.elements.operator.value = "王检查"; form.requestSubmit(); }`, nil)
}

// token makes a bearer token for an inspector by the command that an office has.
func (b *bureauWorld) token(scope string) string {
	b.t.Helper()
	said := b.output("token", "--data", b.dir, "--authority", deskMarket, "--scope", scope, "--subject", "王检查")
	return strings.Fields(said[strings.Index(said, "ey"):])[0]
}
