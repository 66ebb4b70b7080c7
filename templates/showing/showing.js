// Keeps a live code fresh, and never shows an old one as if it were live.
//
// All times count from when the server answered: the phone's own clock may be
// wrong. Two of its clocks are asked how long that is ago, and the longer time
// counts, since one stands still while the phone sleeps, and the other can be
// set back.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const live = byId("live");
  const every = Number(live.dataset.every) * 1000;
  const lives = Number(live.dataset.lives) * 1000;
  const RETRY = 2000;
  const WITHIN = 8000; // an answer that takes longer is of no use

  // The code that is on the page, and when it came: with the page itself at first.
  let code = { steady: 0, wall: performance.timeOrigin, clock: clockOf(byId("clock").textContent) };
  let asking = false;
  let askAt = 0; // not before, by the steady clock
  let trouble; // why the last attempt failed

  const ago = (since) => Math.max(performance.now() - since.steady, Date.now() - since.wall, 0);

  function clockOf(text) {
    const [h, m, s] = text.split(":").map(Number);
    return ((h * 60 + m) * 60 + s) * 1000;
  }

  const two = (n) => String(Math.floor(n)).padStart(2, "0");
  const clockText = (ms) => `${two((ms / 3600000) % 24)}:${two((ms / 60000) % 60)}:${two((ms / 1000) % 60)}`;

  async function renew() {
    if (asking || performance.now() < askAt) return;
    asking = true;
    const asked = { steady: performance.now(), wall: Date.now() };
    try {
      const answer = await fetch(live.dataset.source, { cache: "no-store", signal: AbortSignal.timeout(WITHIN) });
      if ([403, 404, 410].includes(answer.status)) return location.reload(); // the page says why
      if (!answer.ok) {
        const wait = Number(answer.headers.get("Retry-After")) * 1000;
        throw Object.assign(new Error("refused"), { wait });
      }
      const { side, path, clock } = await answer.json();
      byId("code").ownerSVGElement.setAttribute("viewBox", `0 0 ${side} ${side}`);
      byId("code").setAttribute("d", path);
      // It was made after it was asked for, so it is no older than that.
      code = { ...asked, clock: clockOf(clock) };
      askAt = 0;
      trouble = undefined;
    } catch (error) {
      askAt = performance.now() + Math.max(RETRY, error.wait || 0);
      trouble = navigator.onLine ? "server" : "offline";
    } finally {
      asking = false;
    }
  }

  const words = {
    offline: ["没有网络，亮证码已停用。连接网络后自动恢复。", "No network: the live code is out of use. It comes back by itself."],
    server: ["亮证码未能更新，已停用。正在重试。", "The live code could not be renewed and is out of use. Trying again."],
    stale: ["亮证码已过时，正在更新。", "The live code is out of date, and is being renewed."],
  };

  function cover(kind) {
    byId("cover").hidden = kind === undefined;
    if (kind === undefined) {
      byId("said").textContent = "";
      return;
    }
    const [zh, en] = words[kind];
    if (byId("why").dataset.kind === kind && !byId("cover").hidden && byId("said").textContent) return;
    const english = document.createElement("span");
    english.className = "en";
    english.lang = "en";
    english.textContent = en;
    byId("why").replaceChildren(zh, english);
    byId("why").dataset.kind = kind;
    byId("said").textContent = zh;
  }

  function tick() {
    const age = ago(code);
    if (age >= every) renew();
    cover(age >= lives ? (trouble ?? (navigator.onLine ? "stale" : "offline")) : undefined);
    byId("left").style.transform = `scaleX(${Math.max(0, 1 - age / every)})`;
    byId("clock").textContent = clockText(code.clock + age);
    const left = Math.ceil((every - age) / 1000);
    byId("next").textContent = left > 0 ? `${left} 秒后更换 new in ${left} s` : "正在更换 renewing";
  }

  // At once when the phone wakes up, comes back to this page or finds a network.
  const wake = () => {
    askAt = 0;
    tick();
    stayAwake();
  };
  addEventListener("online", wake);
  addEventListener("pageshow", wake);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());
  byId("again").addEventListener("click", wake);

  // The screen stays on while the code is shown; where a browser has no such
  // thing, or the battery is low, it does not.
  let lock;
  async function stayAwake() {
    if (document.visibilityState !== "visible" || (lock && !lock.released)) return;
    try {
      lock = await navigator.wakeLock?.request("screen");
    } catch {
      lock = undefined;
    }
  }

  const large = byId("large");
  large.hidden = false;
  const enlarge = (on) => {
    document.body.classList.toggle("large", on);
    if (on) live.scrollIntoView({ block: "center" });
  };
  large.addEventListener("click", () => enlarge(true));
  live.addEventListener("click", (event) => {
    if (!event.target.closest("button")) enlarge(!document.body.classList.contains("large"));
  });
  addEventListener("keydown", (event) => event.key === "Escape" && enlarge(false));

  setInterval(tick, 250);
  tick();
  stayAwake();
})();
