import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { it } from "node:test";

const root = fileURLToPath(new URL("..", import.meta.url));

it("the package holds what is used and nothing else, and works where it is installed", () => {
  const folder = mkdtempSync(join(tmpdir(), "yizheng-pack-"));
  try {
    const [pack] = JSON.parse(
      execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], { cwd: root, encoding: "utf8" }),
    ) as { filename: string; files: { path: string }[] }[];
    const paths = pack!.files.map((file) => file.path);
    for (const path of paths) {
      assert.match(path, /^(dist\/[a-z0-9]+\.(js|d\.ts)|README\.md|README\.zh-CN\.md|LICENSE|package\.json)$/);
    }
    for (const needed of ["dist/index.js", "dist/index.d.ts", "dist/sm2.js", "README.md", "README.zh-CN.md", "LICENSE"]) {
      assert.ok(paths.includes(needed), needed);
    }
    execFileSync("tar", ["-xzf", join(folder, pack!.filename), "-C", folder]);
    const modules = join(folder, "node_modules");
    mkdirSync(modules);
    symlinkSync(join(folder, "package"), join(modules, "yizheng-verifier"));
    // Without the package for SM2: whoever does not want it has no need of it.
    for (const name of ["jose", "pako"]) {
      symlinkSync(join(root, "node_modules", name), join(modules, name));
    }
    const script = `
      import { openTrust, Statuses, verify } from "yizheng-verifier";
      import { readFileSync } from "node:fs";
      const folder = ${JSON.stringify(join(root, "../../testdata/vectors/"))};
      const vector = JSON.parse(readFileSync(folder + "valid/restaurant-3-permits.json", "utf8"));
      const trust = await openTrust(readFileSync(folder + vector.trust));
      const statuses = new Statuses(trust);
      for (const { file } of vector.status) await statuses.add(readFileSync(folder + file, "utf8"));
      console.log((await verify(vector.text, { trust, statuses, now: new Date(vector.at) })).outcome);`;
    const outcome = execFileSync(
      process.execPath, ["--preserve-symlinks", "--input-type=module", "-e", script], { cwd: folder, encoding: "utf8" },
    );
    assert.equal(outcome.trim(), "valid");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
