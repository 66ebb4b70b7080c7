// Recording a check: every use of a license states its place, purpose and
// operator. It is written down on the device and sent when there is a network.

import { h, say, both, byId } from "./dom.js";
import { put, value, keep, all } from "./store.js";
import { enqueue } from "./queue.js";

const input = (name, zh, en, attributes) => [
  h("label", { for: `record-${name}` }, say(zh, en)),
  h("input", { id: `record-${name}`, name, maxlength: "200", autocomplete: "off", ...attributes }),
];

// form builds the form for an answer that stands in the history as entry.
export function form(entry) {
  const done = h("p", { role: "status" });
  const told = (good, ...words) => {
    done.classList.toggle("bad", !good);
    done.replaceChildren(...say(...words));
    done.scrollIntoView({ block: "center" }); // not beneath the button for the next code
  };
  const place = input("place", "地点", "Place", { value: entry.premises });
  const element = h(
    "form",
    { class: "record" },
    place,
    input("purpose", "目的", "Purpose", { required: true }),
    input("operator", "核验人员", "Operator", { required: true, maxlength: "100" }),
    input("matter", "事项（可不填）", "Matter (may be empty)"),
    h("button", { type: "submit" }, say("登记这次核验", "Record this check")),
    done,
  );
  for (const name of ["purpose", "operator", "matter"]) {
    void value(`record.${name}`).then((before) => {
      if (before) element.elements[name].value = before;
    });
  }
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (element.querySelector("button").disabled) return; // it is being written down
    const fields = Object.fromEntries(new FormData(element));
    element.querySelector("button").disabled = true;
    let item;
    try {
      item = await enqueue(checkOf(entry, fields));
    } catch {
      element.querySelector("button").disabled = false;
      return told(false, "没有记下：本机存储已满，或不允许保存。请腾出空间后再按一次，或用纸笔记下这次核验。", "Not written down: this device is full, or may keep nothing. Make room and press again, or note the check on paper.");
    }
    // The check is in the queue; the rest is only convenience.
    await Promise.allSettled([put("history", { ...entry, queued: item.id }), ...["purpose", "operator", "matter"].map((name) => keep(`record.${name}`, fields[name]))]);
    told(true, "已记下，有网络时自动发送。", "Written down; it is sent when there is a network.");
    dispatchEvent(new Event("queue"));
  });
  return entry.text
    ? h("details", { class: "card", id: "record" }, h("summary", null, say("登记核验", "Record this check")), element)
    : null;
}

function checkOf(entry, { place, purpose, operator, matter }) {
  const check = { text: entry.text, purpose, operator, found: entry.outcome, foundAt: entry.at.replace(/\.\d+Z$/, "Z") };
  if (place) check.place = place;
  if (matter) check.matter = matter;
  if (entry.method) check.method = entry.method;
  return check;
}

// showQueue says how many checks wait, and which were refused.
export async function showQueue() {
  const items = await all("queue");
  const waiting = items.filter((item) => item.state === "waiting");
  const refused = items.filter((item) => item.state === "refused");
  const place = byId("queue");
  place.hidden = waiting.length + refused.length === 0;
  place.dataset.waiting = waiting.length;
  place.replaceChildren(
    waiting.length > 0 && h("p", null, say(`${waiting.length} 条核验记录待发送`, "records wait to be sent"), waiting[0].why && h("small", { class: "line" }, both(waiting[0].why))),
    ...refused.map((item) => h("p", { class: "bad" }, say("一条记录未被接受，请用纸笔补记这次核验：", "A record was not taken; note this check on paper: "), both(item.why))),
  );
  for (const child of [...place.childNodes]) if (child.nodeType === Node.TEXT_NODE) child.remove();
}
