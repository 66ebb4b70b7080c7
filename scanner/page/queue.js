// Checks that are to be recorded: each is written down first and sent when the
// network is there. Its id is the Idempotency-Key, so that the server records
// it once however often it is sent.

import { all, put, value } from "./store.js";

export async function enqueue(check) {
  const item = { id: crypto.randomUUID(), state: "waiting", check, queued: Date.now() };
  await put("queue", item);
  return item;
}

export const waiting = async () => (await all("queue")).filter((item) => item.state === "waiting");

// flush sends what waits, oldest first, one tab at a time, and stops at the
// first that does not get through. It gives how many were sent.
export function flush() {
  return navigator.locks.request("yizheng-queue", async () => {
    const items = (await waiting()).sort((a, b) => a.queued - b.queued);
    let sent = 0;
    for (const item of items) {
      const end = await send(item);
      await put("queue", item);
      if (end === "later") break;
      if (end === "sent") sent++;
    }
    return sent;
  });
}

async function send(item) {
  const token = await value("token");
  if (!token) {
    item.why = { zh: "尚未填写核验人员令牌：请在“设置”中填写", en: "no inspector’s token is set: give it under Settings" };
    return "later";
  }
  let answer;
  try {
    answer = await fetch("/v1/verifications", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": item.id, Authorization: `Bearer ${token}` },
      body: JSON.stringify(item.check),
      credentials: "omit",
      signal: AbortSignal.timeout(20000),
    });
  } catch {
    item.why = { zh: "没有网络", en: "no network" };
    return "later";
  }
  if (answer.ok) {
    const { verification } = await answer.json();
    Object.assign(item, { state: "sent", sent: Date.now(), record: verification.id, why: null });
    return "sent";
  }
  const problem = await answer.json().catch(() => ({}));
  item.why = { zh: problem.titleZH ?? problem.title ?? `状态 ${answer.status}`, en: problem.title ?? "" };
  if (answer.status === 401 || answer.status === 403) {
    item.why.zh += "：请在“设置”中更换令牌，记录会再发送";
    item.why.en += ": set another token under Settings, and it is sent again";
  }
  // What another token, a free moment or a repaired server may change is
  // tried again; a check that the server will never take is not.
  if ([401, 403, 408, 425, 429].includes(answer.status) || answer.status >= 500) return "later";
  item.state = "refused";
  for (const fault of problem.faults ?? []) {
    item.why.zh += `：${fault.messageZH}`;
    item.why.en += `: ${fault.message}`;
  }
  return "refused";
}
