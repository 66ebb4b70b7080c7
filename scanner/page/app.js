// The scanner page: what it shows when, and what each control does.

import { byId, h, say, icon, age, duration } from "./dom.js";
import { Camera, readFile, warm } from "./camera.js";
import { answer } from "./show.js";
import { signal, prepare } from "./signal.js";
import { newest, put, value, keep, isFull } from "./store.js";
import { preferred, prefer } from "./preferences.js";
import { script } from "./ask.js";
import * as session from "./session.js";
import { form, showQueue } from "./recording.js";
import { showHistory } from "./history.js";
import { showSettings } from "./settings.js";
import { flush } from "./queue.js";
import { wedge } from "./wedge.js";

const finder = byId("finder");
const camera = new Camera(byId("video"), found, lost);
let last = { text: "", at: 0 };
let checking = false;

// found takes the texts of one frame. A code that stays in view is answered
// once; a wall may have several, so the first that is ours counts.
async function found(texts, took) {
  const again = texts.includes(last.text) && performance.now() - last.at < 4000;
  if (again) last.at = performance.now();
  if (again || checking) return;
  await check(texts, "camera", took);
}

// lost is called where the camera is taken away.
function lost() {
  byId("start").hidden = false;
  tellTools();
  message("相机停了，可能正被来电或其他应用占用。请再打开相机。", "The camera has stopped; a call or another app may have it. Open it again.");
}

// check verifies the texts, shows the answer, and keeps it in the history. One
// follows the other: what a scanner types is not lost behind the camera's.
// known is what was found of them otherwise: whether a code was shown live, and
// what the PDF is worth in which it stood.
let turn = Promise.resolve();
function check(texts, method, took = 0, known = {}) {
  const now = () => checkNow(texts, method, took, known);
  turn = turn.then(now, now);
  return turn;
}

async function checkNow(texts, method, took, known) {
  checking = true;
  try {
    if (!session.ready()) return message("还没有清单，无法核验。请先联网，打开本页一次。", "There are no lists, so nothing can be verified: open this page once with a network.");
    const began = performance.now();
    let text = texts[0] ?? "";
    let found;
    for (text of texts.length ? texts : [""]) {
      found = await session.verify(text);
      if (found.result.outcome !== "not_a_license") break;
    }
    found = await withRecord(text, found);
    if (known.document) found = await session.words(JSON.stringify({ ...found.result, document: known.document }));
    if (known.presence) found.view.presence = known.presence;
    last = { text, at: performance.now() };
    await show(text, found, method);
    document.body.dataset.took = String(Math.round(performance.now() - began + took));
  } finally {
    checking = false;
  }
}

// withRecord asks for the name of the newest version, where a license is
// superseded and there is a network.
async function withRecord(text, found) {
  const old = found.result.license;
  if (old?.state !== "superseded" || old.supersededBy || !navigator.onLine) return found;
  try {
    if (await session.record(old.identifier)) return await session.verify(text);
  } catch {
    // The record is not to be had: the answer stands without it.
  }
  return found;
}

async function show(text, found, method) {
  const { result, view } = found;
  const continuous = await preferred("continuous");
  if (!continuous) camera.stop();
  document.body.classList.toggle("continuous", continuous && camera.on);
  const entry = entryOf(text, found, method);
  const kept = await put("history", entry).then(() => true, () => false);
  byId("answer").replaceChildren(...answer(found, result.license ? form(entry) : null).filter(Boolean));
  if (!kept && !isFull()) byId("answer").querySelector(".verdict").after(notice(say("这次核验没有记入历史：本机存储已满，或不允许保存。结论不受影响；请导出并清除历史，或腾出空间。", "Not kept in the history: this device is full, or may keep nothing. The answer stands; export and clear the history, or make room.")));
  byId("answer").hidden = false;
  document.body.dataset.outcome = result.outcome;
  document.body.dataset.presence = view.presence?.end.class ?? "";
  byId("again").hidden = continuous && camera.on;
  byId("again-text").replaceChildren(...say(canScan ? "继续扫描" : "核验下一张", "Next"));
  finder.hidden = !camera.on;
  byId("others").hidden = true;
  tellTools();
  const shown = view.presence ? `${view.presence.name.zh}：${view.presence.end.zh}。` : "";
  byId("said").textContent = `${view.verdict.word.zh}。${shown}${result.license?.holder.name ?? ""} ${view.verdict.word.en}`;
  if (!continuous) byId("verdict").focus();
  scrollTo(0, 0);
  // A valid license in the wrong hands does not sound like a valid one.
  signal(view.verdict.class === "valid" && view.presence?.end.class === "bad" ? "partial" : view.verdict.class);
}

const notice = (text) => h("div", { class: "notice", role: "alert" }, icon("alarm"), h("p", null, text));

function entryOf(text, { result, view }, method) {
  const license = result.license;
  return {
    id: crypto.randomUUID(),
    at: new Date(session.now()).toISOString(), // by the clock that the code was judged by
    outcome: result.outcome,
    word: view.verdict.word,
    class: view.verdict.class,
    icon: view.verdict.icon,
    presence: view.presence, // of a live code, which looks stale ever after
    document: result.document, // of a PDF, which is not kept
    method,
    holder: license?.holder.name ?? "",
    premises: license?.holder.premises ?? "",
    industry: license?.industry ?? "",
    identifier: license?.identifier ?? "",
    permits: (license?.permits ?? []).map((p, i) => ({ matter: p.matter, number: p.number, state: p.state, word: view.permits[i].badge.zh })),
    text: license ? text : "", // what is no license of ours is nobody's business
  };
}

function message(zh, en) {
  byId("hint").replaceChildren(...say(zh, en));
  byId("said").textContent = zh;
}

// canScan says whether there is a camera to ask for at all.
const canScan = Boolean(navigator.mediaDevices?.getUserMedia);

async function scan() {
  prepare();
  last = { text: "", at: 0 };
  byId("answer").hidden = true;
  byId("again").hidden = true;
  byId("others").hidden = false;
  finder.hidden = false;
  delete document.body.dataset.outcome;
  document.body.classList.remove("continuous");
  byId("start").hidden = true;
  if (!canScan) return message("这个浏览器不能使用相机（需要 https）。请用图片或文字。", "No camera here (it needs https): use a picture or text.");
  try {
    message("正在打开相机……", "Opening the camera …");
    await camera.start();
    message("对准许可证上的二维码", "Point at the code on the license");
  } catch (error) {
    byId("start").hidden = false;
    message(...(REFUSALS[error.name] ?? REFUSALS.other));
  }
  tellTools();
}

// REFUSALS say why there is no camera, by the name of the browser's error, and
// what to do.
const REFUSALS = {
  NotAllowedError: ["没有相机权限。请在浏览器的网站设置中允许相机，再打开；或用下面的图片、文字。", "The camera is not allowed: allow it in the browser’s settings and open it again, or use a picture or text below."],
  NotFoundError: ["这台设备没有相机。请用下面的图片、文字，或接上扫码枪。", "This device has no camera: use a picture or text below, or a hand-held scanner."],
  NotReadableError: ["相机正被其他应用占用。请关闭它再打开相机，或用下面的图片、文字。", "Another app has the camera: close it and try again, or use a picture or text below."],
  other: ["打不开相机。请再试，或用下面的图片、文字。", "The camera does not open: try again, or use a picture or text below."],
};

function tellTools() {
  byId("torch").hidden = !camera.on || !camera.hasTorch;
  finder.classList.toggle("live", camera.on);
}

async function fromFile(file) {
  if (!file) return;
  prepare();
  message("正在识读……", "Reading …");
  camera.stop();
  if (file.type === "application/pdf") return fromPDF(file);
  try {
    await check(await readFile(file), "file");
  } catch {
    message("这个文件不是能识读的图片。请换一张清楚的 PNG 或 JPEG，或粘贴二维码的文字。", "This file is no picture that can be read: take a clear PNG or JPEG, or paste the code’s text.");
  }
  byId("file").value = "";
}

// LARGEST is how large a PDF the server takes, in bytes.
const LARGEST = 10 << 20;

// fromPDF has the server read a PDF, which the page cannot; without a network
// a screenshot of it does as well. The server says what the document is worth,
// and the verifier here what the code in it is, as of every other code; so it
// can be recorded and looked at again without a network.
async function fromPDF(file) {
  byId("file").value = ""; // the same file may be chosen again
  if (file.size > LARGEST) return message("文件超过 10 MB，不能识读。请打开 PDF 截屏，再选截图。", "The file has more than 10 MB: take a screenshot of the code and choose that.");
  let response;
  try {
    response = await fetch("/v1/verify", { method: "POST", body: file, headers: { "Content-Type": "application/pdf", Accept: "application/json" } });
  } catch {
    return message("识读 PDF 需要网络。没有网络时，请打开 PDF 截屏，再选截图。", "Reading a PDF needs the network; without one, take a screenshot of it and choose that.");
  }
  if (response.status === 422 || response.status === 413) return message("这个文件不是能识读的 PDF，或过大。请打开 PDF 截屏，再选截图。", "This file is no PDF that can be read, or is too large: take a screenshot of it and choose that.");
  if (!response.ok) return message("服务器暂时不能识读，请稍候再试，或打开 PDF 截屏，再选截图。", "The server cannot read it just now: try again shortly, or take a screenshot of it and choose that.");
  const { document } = await response.json();
  await check(document ? [document.text] : [], "file", 0, { document });
}

// asked says that lists were asked for since the page was opened.
let asked = false;

async function status() {
  const chip = byId("freshness");
  const [held, synced, fault, other] = await Promise.all([session.state(), value("synced"), session.clockFault(), value("otherAnchor")]);
  chip.dataset.state = held ? "ready" : "empty";
  const online = navigator.onLine ? "" : "离线 · ";
  if (!held) chip.replaceChildren(`${online}没有清单`);
  else if (!synced) chip.replaceChildren(`${online}清单已备`);
  else chip.replaceChildren(`${online}清单 `, age(synced).zh);
  chip.classList.toggle("old", Boolean(synced) && Date.now() - synced > 24 * 3600e3);
  const notices = [];
  if (!held && asked) notices.push(say("还没有取得清单，暂时不能核验。请联网后点右上角更新。", "No lists were fetched yet, so nothing can be verified: connect to a network and tap the top right."));
  if (isFull()) notices.push(say("本机不能保存：存储已满，或不允许。联网时核验照常；清单和历史关闭本页后就没有了。请腾出空间，或退出无痕模式，再打开本页。", "Nothing can be kept: this device is full, or does not allow it. On line it verifies as usual; lists and history are gone when the page is closed. Make room, or leave private browsing, and open the page again."));
  if (fault) {
    const d = duration(fault);
    notices.push(say(`本机时钟${fault > 0 ? "快" : "慢"}了约 ${d.zh}，请校准：时钟不准会使有效期和清单的判断出错。`, `This device’s clock is about ${d.en} ${fault > 0 ? "fast" : "slow"}: set it right.`));
  }
  if (other) {
    notices.push(say("本站现在给出的信任根与本机保存的不同，未采用。请与主管部门核对“设置”中的指纹。", "This site now gives other trust roots than the device holds; they are not used. Compare the fingerprint under Settings with your office."));
  }
  byId("notices").replaceChildren(...notices.map(notice));
  await showQueue();
}

// note keeps why the last update failed, or that it did not.
const note = (error) => keep("fault", error ? { at: Date.now(), text: String(error.message ?? error) } : null);

// refresh brings lists and queue up to date. Being off line is no fault. Who
// asks while it runs has it run once more, as there may be more to send.
let running;
let again = false;
export function refresh() {
  again = Boolean(running);
  byId("freshness").setAttribute("aria-busy", "true");
  running ??= (async () => {
    do {
      again = false;
      await refreshOnce();
    } while (again);
  })().finally(() => {
    running = undefined;
    byId("freshness").removeAttribute("aria-busy");
  });
  return running;
}

async function refreshOnce() {
  try {
    if (!navigator.onLine) return;
    await session.sync();
    await note(null);
  } catch (error) {
    await note(error);
  } finally {
    if (navigator.onLine) await flush().catch(() => {}); // what was not sent is still there
    await status();
  }
}

function tab(name) {
  for (const section of document.querySelectorAll("main > section[data-tab]")) section.hidden = section.dataset.tab !== name;
  for (const button of document.querySelectorAll("nav button")) {
    if (button.dataset.to === name) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  scrollTo(0, 0); // wherever one was in another
  if (name !== "scan") camera.stop();
  if (name === "history") void showHistory(open);
  if (name === "settings") void showSettings(refresh);
  if (name === "scan" && byId("answer").hidden) tellTools(), (byId("start").hidden = camera.on);
}

// open shows an entry of the history as it is judged now, but for whether it
// was shown live, and what the PDF was worth: that was so then, or was not.
async function open(entry) {
  tab("scan");
  finder.hidden = true;
  await check([entry.text], "", 0, entry);
}

function listen() {
  byId("start").addEventListener("click", scan);
  byId("again").addEventListener("click", scan);
  byId("freshness").addEventListener("click", refresh);
  byId("file").addEventListener("change", (event) => fromFile(event.target.files[0]));
  byId("typed").addEventListener("submit", (event) => {
    event.preventDefault();
    prepare();
    camera.stop();
    void check([byId("text").value], "scanner");
  });
  byId("torch").addEventListener("click", async (event) => {
    const on = event.currentTarget.getAttribute("aria-pressed") !== "true";
    event.currentTarget.setAttribute("aria-pressed", String(on));
    await camera.torch(on);
  });
  byId("continuous").addEventListener("click", async (event) => {
    const on = event.currentTarget.getAttribute("aria-pressed") !== "true";
    event.currentTarget.setAttribute("aria-pressed", String(on));
    await prefer("continuous", on);
  });
  for (const button of document.querySelectorAll("nav button")) button.addEventListener("click", () => tab(button.dataset.to));
  wedge((text) => (tab("scan"), check([text], "scanner")));
  addEventListener("online", refresh);
  addEventListener("offline", status);
  addEventListener("queue", () => void refresh());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) camera.stop(), tellTools();
    else void refresh();
    if (!document.hidden && byId("answer").hidden) byId("start").hidden = camera.on;
  });
  setInterval(() => !document.hidden && refresh(), 10 * 60e3);
  setInterval(() => !document.hidden && status(), 30e3);
}

// install keeps the page itself for flight mode, and offers a newer one.
async function install() {
  if (!navigator.serviceWorker) return;
  const registration = await navigator.serviceWorker.register(script("/scan/sw.js"), { scope: "/scan", updateViaCache: "none" });
  const offer = () => {
    if (!registration.waiting || !navigator.serviceWorker.controller) return;
    byId("update").hidden = false;
    byId("update").onclick = () => {
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
      registration.waiting.postMessage("take over");
    };
  };
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
  offer();
  await navigator.serviceWorker.ready;
  document.body.dataset.offline = "ready";
}

async function begin() {
  listen();
  warm();
  byId("continuous").setAttribute("aria-pressed", String(await preferred("continuous")));
  if (!canScan) byId("start").hidden = true;
  try {
    await session.open();
  } catch (error) {
    await note(error);
  }
  await status();
  await refresh();
  asked = true;
  if (!session.ready()) await status();
  document.body.dataset.ready = session.ready() ? "lists" : "empty";
  await navigator.storage?.persist?.();
  if ((await newest(1)).length > 0 && canScan && (await granted())) await scan();
}

async function granted() {
  try {
    return (await navigator.permissions.query({ name: "camera" })).state === "granted";
  } catch {
    return false;
  }
}

void begin();
void install().catch(() => (document.body.dataset.offline = "no"));
