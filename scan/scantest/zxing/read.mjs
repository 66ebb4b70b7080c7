// Reads pictures from standard input and writes, for each, a line of JSON with
// the texts of its QR codes. A picture is its width and height, 32 bits each
// with the highest byte first, and then a byte of grey a pixel.
import { readFileSync } from "node:fs";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const wasm = new URL("node_modules/zxing-wasm/dist/reader/zxing_reader.wasm", import.meta.url);
prepareZXingModule({ overrides: { wasmBinary: readFileSync(wasm) } });

async function texts(width, height, grey) {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < grey.length; i++) {
    data.fill(grey[i], 4 * i, 4 * i + 3);
    data[4 * i + 3] = 255;
  }
  const found = await readBarcodes({ width, height, data }, { formats: ["QRCode"] });
  return found.filter((code) => code.isValid).map((code) => code.text);
}

let waiting = [];
let size = 0;
for await (const chunk of process.stdin) {
  waiting.push(chunk);
  size += chunk.length;
  for (;;) {
    if (size < 8) break;
    if (waiting[0].length < 8) waiting = [Buffer.concat(waiting)];
    const width = waiting[0].readUInt32BE(0), height = waiting[0].readUInt32BE(4);
    const end = 8 + width * height;
    if (size < end) break;
    const all = Buffer.concat(waiting);
    process.stdout.write(JSON.stringify(await texts(width, height, all.subarray(8, end))) + "\n");
    waiting = [all.subarray(end)];
    size -= end;
  }
}
