// The verifier's functions, and how what it goes by is fetched from this origin.

import { start } from "./ask.js";

const ask = start("verify-worker.js");

// call asks the verifier; what each function takes and gives is in
// scanner/wasm/main.go.
export async function call(name, ...args) {
  const [answer, broken] = await ask([name, ...args]);
  if (broken) throw new Error(broken);
  return answer;
}

// fetched gives an answer that is good, within so many milliseconds. Who asks
// often is told to wait, and does, a few times.
export async function fetched(address, options = {}, within = 20000) {
  for (let n = 0; ; n++) {
    const answer = await fetch(address, { cache: "no-cache", credentials: "omit", signal: AbortSignal.timeout(within), ...options });
    if (answer.ok) return answer;
    if (answer.status !== 429 || n === 5) throw Object.assign(new Error(`${address}: ${answer.status}`), { status: answer.status });
    await new Promise((resolve) => setTimeout(resolve, 1000 * Math.min(10, Number(answer.headers.get("Retry-After")) || 1)));
  }
}
