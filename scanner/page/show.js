// A result as a person sees it: the words come with it, from the same table as
// the server's page, and so do the classes and icons.

import { h, both, say, icon, badge } from "./dom.js";

const field = (zh, en, content, wide) =>
  content && h("div", { class: wide === true ? "wide" : wide }, h("dt", null, say(zh, en)), h("dd", null, content));

const ring = (number) => number && h("a", { class: "tel", href: `tel:${number.replace(/[^0-9+]/g, "")}` }, number);

// answer builds the whole of a result: at a glance first, then the details.
export function answer({ result, view }, extra) {
  const license = result.license;
  return [
    view.demo && h("p", { class: "band demo" }, h("strong", null, "演示数据，不具法律效力"), " ", h("span", { class: "en", lang: "en" }, "Demonstration only")),
    h(
      "div",
      { class: `verdict ${view.verdict.class}` },
      icon(view.verdict.icon),
      h("h2", { id: "verdict", tabindex: "-1" }, both(view.verdict.word)),
      h("p", null, both(view.verdict.means)),
      (view.why ?? []).map((why) => h("p", { class: "why" }, both(why))),
    ),
    view.presence && presence(view.presence),
    view.copy && copy(view.copy),
    view.document && sheet(view.document),
    license && glance(license, view),
    (view.warnings ?? []).map((w) => h("div", { class: "notice", role: "note" }, icon("alarm"), h("p", null, both(w)))),
    extra,
    next(view),
    license && details(license, view),
    how(view),
  ].flat();
}

// presence says whether a live code was shown just now.
const presence = (p) =>
  h(
    "div",
    { class: `notice ${p.end.class}`, role: "note" },
    icon(p.end.icon),
    h(
      "div",
      null,
      h("p", null, say(`${p.name.zh}：${p.end.zh}`, `${p.name.en}: ${p.end.en}`)),
      p.reason && h("p", null, both(p.reason)),
      p.made && h("p", null, h("small", null, both(p.made))),
    ),
  );

// copy says for whom a derived copy was made, why, and until when.
const copy = (facts) =>
  h(
    "section",
    { class: "card", "aria-labelledby": "copy" },
    h("h3", { id: "copy" }, say("加注件：仅供下列用途", "Derived copy: good for this purpose only")),
    h("dl", { class: "facts" }, facts.map((f) => field(f.name.zh, f.name.en, f.value, true))),
  );

// sheet says what the PDF is worth in which the code stood.
const sheet = ({ points, code }) =>
  h(
    "section",
    { class: "card", "aria-labelledby": "document" },
    h("h3", { id: "document" }, say("上传的文件", "The uploaded document")),
    h(
      "ul",
      { class: "checks" },
      points.map((p) => h("li", null, badge(p.end, true), h("div", null, both(p.name), h("p", { class: "reason" }, both(p.said))))),
      h("li", null, badge({ class: "unknown", icon: "scan", zh: "二维码", en: "code" }, true), h("div", null, both(code), h("p", { class: "reason" }, say("以下内容均为二维码所载。", "All that follows is what the code says.")))),
    ),
  );

function glance(license, view) {
  const count = view.counts && h("span", { class: "count" }, ` ${view.inForce}/${license.permits.length}`);
  return h(
    "section",
    { class: "card glancing", "aria-labelledby": "holder" },
    h("h3", { id: "holder", class: "holder" }, license.holder.name),
    h("p", { class: "where" }, license.holder.premises),
    h("p", { class: "hint" }, `${license.industry}`),
    h("h4", null, say("许可", "Permits"), count),
    h(
      "ol",
      { class: "glance" },
      inOrder(license, view).map((i) => h("li", null, h("span", null, license.permits[i].matter), " ", badge(view.permits[i].badge))),
    ),
  );
}

// inOrder puts the permits that must not be relied on first: they are what an
// inspector has to see.
function inOrder(license, view) {
  const good = (i) => Number(view.permits[i].badge.class === "good");
  return license.permits.map((_, i) => i).sort((a, b) => good(a) - good(b) || a - b);
}

function next(view) {
  return h(
    "section",
    { class: "card next", "aria-labelledby": "next" },
    h("h3", { id: "next" }, say("怎么做", "What to do")),
    h("ul", null, view.verdict.steps.map((step) => h("li", null, both(step)))),
    view.calls && h("h4", null, say("可以联系", "Whom to turn to")),
    view.calls && h("ul", { class: "calls" }, view.calls.map((a) => h("li", null, a.name, " ", ring(a.telephone), a.address && h("small", { class: "line" }, a.address)))),
    view.dispute && h("details", null, h("summary", null, say("对结论或内容有异议", "To contest it, across regions too")), h("ol", { class: "steps" }, view.dispute.map((step) => h("li", null, both(step))))),
  );
}

function details(license, view) {
  return h(
    "details",
    { class: "card" },
    h("summary", null, say(`各项许可详情（${license.permits.length} 项）`, "Each permit in full")),
    h("ol", { class: "permits" }, license.permits.map((p, i) => permit(p, view.permits[i]))),
    h("h4", null, say("许可证信息", "The license")),
    h(
      "dl",
      { class: "facts" },
      field("发证机关", "Issued by", license.issuer, true),
      field("许可证编号", "License number", license.number, "long"),
      field("发证日期", "Issued on", license.issueDate),
      field("法定代表人（负责人）", "Representative", license.holder.representative),
      field("版本", "Version", String(license.version)),
      field("统一社会信用代码", "Credit code", h("span", { class: "code" }, license.holder.creditCode), true),
      field("电子证照标识", "Identifier", h("span", { class: "code" }, license.identifier), true),
      field("最新版本的标识", "Newest version", license.supersededBy && h("span", { class: "code" }, license.supersededBy), true),
    ),
  );
}

function permit(p, said) {
  return h(
    "li",
    { class: `permit ${said.badge.class}` },
    h("div", { class: "name" }, h("h4", null, p.matter), badge(said.badge, true)),
    (said.reasons ?? []).map((reason) => h("p", { class: "reason" }, both(reason))),
    h(
      "dl",
      { class: "facts" },
      field("许可证编号", "Number", h("span", { class: "code" }, p.number), true),
      field("许可范围", "Scope", p.scope, true),
      field("许可条件", "Conditions", p.conditions, true),
      field("许可地址（与经营场所不同）", "Premises of this permit", said.elsewhere && p.premises, true),
      field("有效期", "In force", both(said.term), true),
      field("审批方式", "Granted", p.commitment && say("告知承诺", "on the holder’s commitment")),
      field("实施机关", "Authority", [said.authority.name, " ", ring(said.authority.telephone)].filter(Boolean), true),
    ),
    said.remedies &&
      h(
        "details",
        null,
        h("summary", null, say("救济途径", "Remedies against this permit’s authority")),
        h("ul", null, said.remedies.map((r) => h("li", null, h("b", null, both(r.word)), `：${r.organ}，${r.term}`, h("small", { class: "line" }, r.basis)))),
      ),
    said.agreement && h("p", { class: "basis" }, h("small", null, say("互认协议", "Agreement"), `：${said.agreement}`)),
  );
}

function how(view) {
  return h(
    "details",
    { class: "card" },
    h("summary", null, say("怎样核验的", "How it was checked")),
    h(
      "ul",
      { class: "checks" },
      view.checks.map((c) => h("li", null, badge(c.end, true), h("div", null, both(c.name), c.reason && h("p", { class: "reason" }, both(c.reason))))),
    ),
    h(
      "ul",
      { class: "plain" },
      (view.sources ?? []).map((s) => h("li", null, both(s.name), ` #${s.sequence} · ${s.issued} · `, both(s.age))),
    ),
    h("p", null, h("small", null, say(`核验于 ${view.at}（UTC+8）`, "Checked at"))),
  );
}
