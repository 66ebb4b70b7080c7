// Writes src/builtin.ts: the dictionaries that come with the program, for a code whose issuer's entry has none of its own.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const folder = new URL("../../payload/dictionary/", import.meta.url);
const lines = readdirSync(folder)
  .filter((name) => name.endsWith(".bin"))
  .sort()
  .map((name) => `  "${name.slice(0, -4)}": "${readFileSync(new URL(name, folder)).toString("base64url")}",`);
writeFileSync(
  new URL("src/builtin.ts", import.meta.url),
  `/** Made by dictionaries.mjs of payload/dictionary; base64url, by the id that a code names. */\nexport const BUILTIN: Readonly<Record<string, string>> = {\n${lines.join("\n")}\n};\n`,
);
