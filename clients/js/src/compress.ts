/**
 * The one way in which the entries of a status list are compressed: docs/format.md, section 12. One zlib stream of one
 * block with dynamic codes, always the same, and runs of a byte as the only repetitions.
 */

/** Bits of each symbol's code: of the bytes that known values make, of the end (256), of the lengths of runs (257 on). */
const LENGTHS = new Map<number, number>([
  [0x00, 2], [0x01, 3], [0x02, 9], [0x0b, 8], [0x0c, 8], [0x0d, 9], [0x10, 3], [0x11, 2], [0x12, 10], [0x1b, 10], [0x1c, 10],
  [0x1d, 11], [0x20, 8], ...[0x21, 0x22, 0x2b, 0x2c, 0x2d].map(bits(12)), [0xb0, 8], [0xb1, 9],
  ...[0xb2, 0xbb, 0xbc, 0xbd].map(bits(12)), [0xc0, 8], [0xc1, 10], ...[0xc2, 0xcb, 0xcc, 0xcd].map(bits(12)), [0xd0, 8],
  ...[0xd1, 0xd2, 0xdb, 0xdc, 0xdd].map(bits(12)), [256, 11],
  ...[4, 6, 6, 6, 7, 7, 7, 8, 7, 7, 8, 8, 7, 8, 8, 8, 8, 8, 8, 9, 8, 8, 9, 9, 9, 9, 10, 11, 10].map((length, i): [number, number] => [257 + i, length]),
]);

function bits(length: number): (symbol: number) => [number, number] {
  return (symbol) => [symbol, length];
}

/** What a stream begins with: zlib's header, and that of the block, which states the lengths above and ends within its last byte. */
const HEAD = "78daedc0cb6e64095a45e1b5736aa7b4574dab5a324c817777320524175340324c8177e9ff9c13118eb0c3d7b4f3525d1f";
const HEAD_BITS = 374;

/** RFC 1951, 3.2.5: from which length each symbol from 257 on counts, and how many bits more it has. */
const RUNS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const RUN_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const LEAST = 3;
const LONGEST = 258;
const END = 256;

/** The stream, or undefined where a byte has no code: entries of a value that is not known. */
export function compress(packed: Uint8Array): Uint8Array | undefined {
  const out = new BitWriter(Uint8Array.from(HEAD.match(/../g)!, (byte) => parseInt(byte, 16)), HEAD_BITS % 8);
  for (let i = 0; i < packed.length; ) {
    const byte = packed[i]!;
    if (!CODES.has(byte)) return undefined;
    let run = 1;
    while (packed[i + run] === byte) run++;
    i += run;
    put(out, byte);
    for (run--; run >= LEAST; ) {
      const length = Math.min(run, LONGEST);
      const symbol = RUNS.findLastIndex((least) => least <= length);
      put(out, 257 + symbol);
      out.write(length - RUNS[symbol]!, RUN_BITS[symbol]!);
      out.write(0, 1); // the only distance there is: the byte before
      run -= length;
    }
    for (; run > 0; run--) put(out, byte);
  }
  put(out, END);
  const sum = adler32(packed);
  return Uint8Array.from([...out.bytes(), sum >>> 24, (sum >>> 16) & 255, (sum >>> 8) & 255, sum & 255]);
}

/** Canonical codes (RFC 1951, 3.2.2), reversed as they are written. */
const CODES = new Map<number, number>();
for (let length = 1, next = 0; length <= 15; length++, next <<= 1) {
  const symbols = [...LENGTHS].filter(([, n]) => n === length).map(([symbol]) => symbol);
  for (const symbol of symbols.sort((a, b) => a - b)) CODES.set(symbol, reversed(next++, length));
}

function reversed(code: number, length: number): number {
  let out = 0;
  for (let i = 0; i < length; i++) out |= ((code >> i) & 1) << (length - 1 - i);
  return out;
}

function put(out: BitWriter, symbol: number): void {
  out.write(CODES.get(symbol)!, LENGTHS.get(symbol)!);
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

/** Writes numbers bit by bit, the lowest first. */
class BitWriter {
  readonly #out: number[];

  /** Goes on from bytes of whose last one so many bits are used; 0 where it is full. */
  constructor(begun: Uint8Array, private used: number) {
    this.#out = [...begun];
  }

  write(value: number, count: number): void {
    for (let i = 0; i < count; i++) {
      if (this.used === 0) this.#out.push(0);
      this.#out[this.#out.length - 1]! |= ((value >> i) & 1) << this.used;
      this.used = (this.used + 1) % 8;
    }
  }

  bytes(): number[] {
    return this.#out;
  }
}
