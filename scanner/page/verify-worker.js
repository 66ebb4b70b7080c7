// Runs the verifier, compiled from Go, apart from the page, so that neither
// the camera nor a finger waits for it. A message is [id, function, ...args]
// and is answered by [id, what the function gave] in the order of arrival.
"use strict";
importScripts("wasm_exec.js");

const ready = (async () => {
  const go = new Go();
  const answer = await fetch("yizheng.wasm");
  if (!answer.ok) throw new Error(`yizheng.wasm: ${answer.status}`);
  const { instance } = await WebAssembly.instantiateStreaming(answer, go.importObject);
  void go.run(instance); // ends never: it waits for calls
})();

addEventListener("message", async ({ data: [id, name, ...args] }) => {
  try {
    await ready;
    postMessage([id, self.yizheng[name](...args)]);
  } catch (error) {
    postMessage([id, null, String(error)]);
  }
});
