// The history on this device, and its export.

import { h, say, badge, byId } from "./dom.js";
import { newest, all, clear } from "./store.js";

const SHOWN = 200;

// showHistory fills the list; open is called with an entry that was chosen.
export async function showHistory(open) {
  const [entries, queue] = await Promise.all([newest(SHOWN), all("queue")]);
  const states = new Map(queue.map((item) => [item.id, item.state]));
  byId("entries").replaceChildren(...entries.map((entry) => row(entry, states.get(entry.queued), open)));
  byId("no-entries").hidden = entries.length > 0;
  byId("export").hidden = entries.length === 0;
  byId("export-csv").onclick = async () => save("csv", "text/csv", `\ufeff${csv(await everything())}`);
  byId("export-json").onclick = async () => save("json", "application/json", JSON.stringify(await everything(), null, 1));
  byId("clear").onclick = async () => {
    if (confirm("删除本机的全部历史？待发送的记录不会删除。\nDelete the history on this device? Records that wait to be sent stay.")) {
      await clear("history");
      await showHistory(open);
    }
  };
}

const SENT = {
  waiting: ["待发送", "waiting"],
  sent: ["已登记", "recorded"],
  refused: ["未被接受", "refused"],
};

function row(entry, sent, open) {
  const when = new Date(entry.at).toLocaleString("zh-CN", { hour12: false });
  const content = [
    badge({ class: TONE[entry.class] ?? "unknown", icon: entry.icon, ...entry.word }),
    h("span", { class: "who" }, entry.holder || "—"),
    h("small", null, when, entry.presence && ` · ${entry.presence.name.zh}：${entry.presence.end.zh}`, sent && " · ", sent && say(...SENT[sent])),
  ];
  return h("li", null, entry.text ? h("button", { class: "entry", click: () => open(entry) }, content) : h("div", { class: "entry" }, content));
}

const TONE = { valid: "good", partial: "warn", invalid: "bad", superseded: "bad", forged: "bad", foreign: "foreign" };

async function everything() {
  const sent = new Map((await all("queue")).map((item) => [item.id, item]));
  return (await newest(Infinity)).map(({ queued, class: _, icon: __, ...entry }) => ({ ...entry, recorded: sent.get(queued)?.state ?? "", record: sent.get(queued)?.record ?? "" }));
}

const COLUMNS = ["at", "outcome", "word", "presence", "holder", "premises", "industry", "identifier", "permits", "method", "recorded", "record"];

// csv quotes each field, and keeps a spreadsheet from taking one for a formula.
function csv(entries) {
  const cell = (entry, column) => {
    let text = entry[column] ?? "";
    if (column === "word") text = text.zh;
    if (column === "presence") text = text && text.end.zh;
    if (column === "permits") text = text.map((p) => `${p.matter} ${p.number} ${p.word}`).join("；");
    if (/^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return `"${String(text).replaceAll('"', '""')}"`;
  };
  return [COLUMNS, ...entries.map((entry) => COLUMNS.map((column) => cell(entry, column)))].map((line) => line.join(",")).join("\r\n");
}

function save(ending, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: url, download: `yizheng-${new Date().toISOString().slice(0, 10)}.${ending}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10e3);
}
