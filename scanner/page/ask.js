// Questions to a worker, each answered by a promise.

// Only the two workers of this page may ever be started, which Trusted Types
// hold where a browser has them.
const policy = globalThis.trustedTypes?.createPolicy("yizheng", {
  createScriptURL: (url) => {
    if (url !== "/scan/sw.js" && !["verify-worker.js", "reader-worker.js"].some((name) => url === here(name))) {
      throw new TypeError("no script of this page");
    }
    return url;
  },
});

const here = (name) => new URL(name, import.meta.url).href;

export const script = (url) => policy?.createScriptURL(url) ?? url;

// start starts a worker and gives the function that asks it. What is given in
// move is handed over and not copied.
export function start(name) {
  const worker = new Worker(script(here(name)));
  const waiting = new Map();
  let next = 0;
  worker.onmessage = ({ data: [id, ...answer] }) => {
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
  };
  worker.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new Error(event.message));
    waiting.clear();
  };
  return (args, move = []) =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      worker.postMessage([id, ...args], move);
    });
}
