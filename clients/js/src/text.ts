/** The text form of docs/format.md, section 6. */

const SINGLES = "-(),.:;/ m、×〔〕\uff08\uff09\uff0c\uff1b\uff1a号路弄室层楼第幢座";
const SINGLE_VALUES = new Map([...SINGLES].map((c, i) => [c.codePointAt(0)!, 0x6f + i]));
const PAGES = [0x00, 0x20, 0x21, 0x30, 0xff];

const isDigit = (c: number | undefined): c is number => c !== undefined && c >= 0x30 && c <= 0x39;

/** The bytes of a text with the end mark, or undefined where it has a character that cannot be written. */
export function encodeText(text: string): number[] | undefined {
  const points = [...text].map((c) => c.codePointAt(0)!);
  const out: number[] = [];
  for (let i = 0; i < points.length; i++) {
    const c = points[i]!;
    const next = points[i + 1];
    const single = SINGLE_VALUES.get(c);
    const page = PAGES.indexOf(c >> 8);
    if (isDigit(c) && isDigit(next)) {
      out.push(1 + (c - 0x30) * 10 + (next - 0x30));
      i++;
    } else if (isDigit(c)) out.push(0x65 + c - 0x30);
    else if (single !== undefined) out.push(single);
    else if (c >= 0x41 && c <= 0x5a) out.push(0x8b + c - 0x41);
    else if (c >= 0x4e00 && c <= 0x9fff) out.push(0xa5 + (c >> 8) - 0x4e, c & 255);
    else if (page >= 0) out.push(0xf7 + page, c & 255);
    else if (c <= 0x3ffff) out.push(0xfc + (c >> 16), (c >> 8) & 255, c & 255);
    else return undefined;
  }
  out.push(0);
  return out;
}

/** The text that begins at a byte, and where what follows begins; undefined where it does not end. */
export function decodeText(bytes: Uint8Array, start: number): { text: string; end: number } | undefined {
  const points: number[] = [];
  let at = start;
  for (;;) {
    const b = bytes[at++];
    if (b === undefined) return undefined;
    if (b === 0) return { text: points.map((p) => String.fromCodePoint(p)).join(""), end: at };
    if (b <= 0x64) {
      points.push(0x30 + Math.floor((b - 1) / 10), 0x30 + ((b - 1) % 10));
    } else if (b <= 0x6e) points.push(0x30 + b - 0x65);
    else if (b <= 0x8a) points.push(SINGLES.codePointAt(b - 0x6f)!);
    else if (b <= 0xa4) points.push(0x41 + b - 0x8b);
    else {
      const low = bytes[at++];
      if (low === undefined) return undefined;
      if (b <= 0xf6) points.push(((0x4e + b - 0xa5) << 8) | low);
      else if (b <= 0xfb) points.push((PAGES[b - 0xf7]! << 8) | low);
      else {
        const last = bytes[at++];
        if (last === undefined) return undefined;
        points.push(((b - 0xfc) << 16) | (low << 8) | last);
      }
    }
  }
}
