// What this device holds, whom it believes, and what its user prefers.

import { h, say, both, age, byId } from "./dom.js";
import { value, keep } from "./store.js";
import { preferred, prefer } from "./preferences.js";
import * as session from "./session.js";

export async function showSettings(refresh) {
  const [held, chosen, synced, fault, large, sound, vibrate, token] = await Promise.all([
    session.state(),
    session.ready() ? session.regions() : [],
    value("synced"),
    value("fault"),
    preferred("largeClosings"),
    preferred("sound"),
    preferred("vibrate"),
    value("token"),
  ]);
  byId("held").replaceChildren(...(held ? [...lists(held, chosen, synced, refresh), ...largeOnes(held, chosen, large, refresh)] : [h("p", null, say("还没有清单。联网打开本页即可取得。", "No lists yet: open this page with a network."))]));
  byId("held").append(h("button", { class: "plain", click: async () => (await refresh(), showSettings(refresh)) }, say("现在更新", "Update now")));
  if (fault) byId("held").append(h("p", { class: "bad", role: "status" }, say("上次更新没有成功，手上的清单照旧可用；请稍候再更新，仍不成功时把下面的话告诉主管部门：", "The last update failed. What is held goes on counting; try again shortly, and if it persists tell your office: "), h("small", { class: "line" }, fault.text)));
  byId("anchor").replaceChildren(...(held ? anchor(held, refresh) : []));
  for (const [name, on] of [["sound", sound], ["vibrate", vibrate]]) {
    byId(name).checked = on;
    byId(name).onchange = (event) => prefer(name, event.target.checked);
  }
  byId("token").value = token ?? "";
  byId("token").onchange = async (event) => {
    await keep("token", event.target.value.trim());
    dispatchEvent(new Event("queue"));
  };
}

function lists(held, chosen, synced, refresh) {
  const choose = async (event) => {
    const regions = new Set(await session.regions());
    if (event.target.checked) regions.add(event.target.value);
    else regions.delete(event.target.value);
    await keep("regions", [...regions]);
    if (event.target.checked) await refresh();
    await showSettings(refresh);
  };
  const fact = (zh, en, text) => h("div", null, h("dt", null, say(zh, en)), h("dd", null, text));
  return [
    h(
      "dl",
      { class: "facts" },
      held.signers.map((s) =>
        fact(s.title, "Trust list", s.expires ? `#${s.sequence}，${age(Date.parse(s.issued)).zh}确认，有效至 ${day(s.expires)}` : say("没有可采信的清单", "no list that can be believed")),
      ),
      synced && fact("上次联网更新", "Last update", age(synced).zh),
    ),
    h("p", null, say("随身携带哪些地区的状态清单：", "Carry the status lists of:")),
    h(
      "ul",
      { class: "regions" },
      held.issuers.map((issuer) =>
        h(
          "li",
          null,
          h(
            "label",
            null,
            h("input", { type: "checkbox", value: issuer.region, checked: chosen.includes(issuer.region), change: choose }),
            h(
              "span",
              null,
              issuer.regionName || issuer.name,
              h("small", { class: "line" }, issuer.lists > 0 ? both({ zh: `${issuer.lists} 份清单，${age(Date.parse(issuer.oldest)).zh}`, en: `${issuer.lists} lists` }) : say("没有清单", "no lists")),
              closings(issuer, chosen.includes(issuer.region)),
            ),
          ),
        ),
      ),
    ),
  ].filter(Boolean);
}

// closings says what is held of an issuer's closing lists, and how old they are.
function closings({ closing = [] }, chosen) {
  if (!chosen && !closing.some((c) => c.issued)) return null;
  return closing.map((c) => {
    const of = c.issued && { zh: `关闭清单：${c.licenses} 张证，${age(Date.parse(c.issued)).zh}`, en: `closing list of ${c.licenses} licenses` };
    const rest = c.whole ? { zh: "", en: "" } : { zh: `；其余部分（约 ${megabytes(c.bytes)} MB）用到时联网取`, en: `; its parts are fetched when needed` };
    return h("small", { class: "line" }, of ? both({ zh: of.zh + rest.zh, en: of.en + rest.en }) : say("关闭清单还没有取得", "a closing list is not here yet"));
  });
}

const megabytes = (bytes) => Math.max(0.1, bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0);

// largeOnes offers to carry closing lists that are too large to be fetched
// unasked, where there are any.
function largeOnes(held, chosen, on, refresh) {
  const large = held.issuers.filter((i) => chosen.includes(i.region)).flatMap((i) => i.closing ?? []).filter((c) => c.issued && (on || !c.whole));
  if (large.length === 0) return [];
  const choose = async (event) => {
    await prefer("largeClosings", event.target.checked);
    if (event.target.checked) await refresh();
    await showSettings(refresh);
  };
  const total = megabytes(large.reduce((sum, c) => sum + c.bytes, 0));
  return [
    h(
      "label",
      { class: "check" },
      h("input", { id: "large", type: "checkbox", checked: on, change: choose }),
      h("span", null, say(`大的关闭清单也全部带上（共约 ${total} MB），离线也能核验`, `Carry large closing lists too, about ${total} MB`)),
    ),
  ];
}

const day = (instant) => new Date(instant).toLocaleDateString("zh-CN");

function anchor(held, refresh) {
  return [
    h("p", null, say("本机所信任根密钥的指纹。请与主管部门公布的指纹核对：不一致就不要使用。", "The fingerprint of the root keys believed here. Compare it with the one that your office has given you, and do not use this page if they differ.")),
    ...held.roots.flatMap((r) => [
      h("p", { class: "fingerprint" }, r.fingerprint),
      h("p", { class: "hint" }, say(`${r.name}：${r.keys} 把根密钥中须有 ${r.threshold} 把签名`, `${r.threshold} of ${r.keys} root keys must sign`)),
    ]),
    h("label", { for: "stand" }, say("我在哪里核验（决定认可与否）", "Where I check, which decides recognition")),
    h(
      "select",
      {
        id: "stand",
        change: async (event) => {
          await session.stand(event.target.value);
          await showSettings(refresh);
        },
      },
      regionsOf(held).map(([code, name]) => h("option", { value: code, selected: code === held.region }, name)),
    ),
  ];
}

// regionsOf are the places to choose from: where the device stands, and every
// issuer's.
function regionsOf(held) {
  const names = new Map([[held.region, held.regionName]]);
  for (const issuer of held.issuers) names.set(issuer.region, issuer.regionName || issuer.name);
  return [...names].sort();
}
