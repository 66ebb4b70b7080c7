import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { it } from "node:test";

const root = fileURLToPath(new URL("..", import.meta.url));
const vectors = join(root, "../../testdata/vectors");
const noble = ["ciphers", "curves", "hashes"].map((name) => [`@noble/${name}/`, `/node_modules/@noble/${name}/esm/`]);
const imports = {
  "yizheng-verifier": "/dist/index.js",
  "yizheng-verifier/sm2": "/dist/sm2.js",
  jose: "/node_modules/jose/dist/webapi/index.js",
  pako: "/node_modules/pako/dist/pako.mjs",
  "sm-crypto-v2": "/node_modules/sm-crypto-v2/dist/index.mjs",
  ...Object.fromEntries(noble),
};

const page = `<!doctype html><meta charset="utf-8"><script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">
import { applyDelta, Moment, openBundle, openTrust, readNotice, Statuses, verify } from "yizheng-verifier";
import { sm2 } from "yizheng-verifier/sm2";
const get = async (path) => new Uint8Array(await (await fetch("/vectors/" + path)).arrayBuffer());
const text = async (path) => new TextDecoder().decode(await get(path));
const carried = {
  async bundles({ bundle, trust: held, text: code, region, at, expect }) {
    try {
      const { trust, statuses, until } = await openBundle(await get(bundle), { held: held && (await get(held)), sm2 });
      return (await verify(code, { trust, statuses, until, now: new Date(at), region })).outcome === expect.outcome;
    } catch (error) {
      return error.reason !== undefined && error.reason === expect.bundle;
    }
  },
  async notices({ trust, token, expect }) {
    const notice = await readNotice(token, await openTrust(await get(trust), { sm2 }));
    return expect.notice ? notice === expect.notice : notice.lists.length === expect.lists.length;
  },
  async deltas({ trust, held, delta, expect }) {
    const token = applyDelta(await text(held), delta);
    if (token === undefined) return expect.refused === "delta";
    const fault = await new Statuses(await openTrust(await get(trust), { sm2 })).add(token);
    return fault === expect.refused && (fault !== undefined || token === (await text(expect.list)));
  },
};
const run = async (path) => {
  const other = carried[path.split("/")[0]];
  if (other) return (await other(JSON.parse(await text(path)))) ? undefined : path;
  const { trust: file, status = [], text: code, region, at, asOf, state = {}, expect } = JSON.parse(await text(path));
  try {
    const trust = await openTrust(await get(file), { sm2 });
    const statuses = new Statuses(trust);
    const moment = asOf && new Moment(trust, new Date(asOf));
    for (const { file, uri } of status) {
      const given = await get(file);
      if (!moment || (await moment.add(given)) === "other_moment") await statuses.add(given, uri);
    }
    const { outcome } = await verify(code, { trust, statuses, now: new Date(at), moment, region, sequences: state });
    return outcome === expect.outcome ? undefined : path + ": " + outcome;
  } catch (error) {
    return error.reason !== undefined && error.reason === expect.trust ? undefined : path + ": " + error.stack;
  }
};
const paths = await (await fetch("/list")).json();
const wrong = [];
for (const path of paths) wrong.push(await run(path));
await fetch("/done", { method: "POST", body: JSON.stringify({ count: paths.length, wrong: wrong.filter(Boolean) }) });
</script>`;

const types: Record<string, string> = { ".js": "text/javascript", ".mjs": "text/javascript" };

function serve(paths: string[], done: (body: string) => void) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const url = normalize(request.url ?? "/");
    if (url === "/") return void response.setHeader("content-type", "text/html").end(page);
    if (url === "/list") return void response.end(JSON.stringify(paths));
    if (url === "/done") {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        response.end();
        done(body);
      });
      return;
    }
    const path = url.startsWith("/vectors/") ? join(vectors, url.slice(9)) : join(root, url);
    const file = extname(path) === "" ? `${path}.js` : path; // as the exports of @noble's packages say
    try {
      const body = readFileSync(file);
      response.setHeader("content-type", types[extname(file)] ?? "application/octet-stream").end(body);
    } catch {
      response.writeHead(404).end();
    }
  };
}

it("all vectors come out the same in a browser", { timeout: 60_000 }, async () => {
  const paths = ["valid", "invalid", "as-of", "bundles", "notices", "deltas"].flatMap((kind) =>
    readdirSync(join(vectors, kind)).filter((name) => name.endsWith(".json")).map((name) => `${kind}/${name}`));
  const profile = mkdtempSync(join(tmpdir(), "yizheng-browser-"));
  const { promise, resolve } = withResolvers<string>();
  const server = createServer(serve(paths, resolve)).listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const browser = spawn("chromium", ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`, address],
    { stdio: "ignore", detached: true }); // in a process group of its own
  try {
    const failed = new Promise<never>((_, reject) => browser.once("error", reject));
    const { count, wrong } = JSON.parse(await Promise.race([promise, failed])) as { count: number; wrong: string[] };
    assert.deepEqual(wrong, []);
    assert.equal(count, paths.length);
  } finally {
    await endAll(browser);
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});

// endAll ends the browser with all that it has started, which would write to its
// profile for a moment longer. Whoever is dead and waits to be reaped writes nothing,
// so it waits two seconds at most.
async function endAll(browser: ChildProcess): Promise<void> {
  if (browser.pid === undefined) return; // it never began
  for (let asked = 0; asked < 100; asked++) {
    try {
      process.kill(-browser.pid, "SIGKILL");
    } catch {
      return; // nobody of the group is left
    }
    await new Promise((again) => setTimeout(again, 20));
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((r) => (resolve = r));
  return { promise, resolve };
}
