import { ZStream, Z_FINISH, Z_OK, Z_STREAM_END, zlibInflate, zlibInflateInit2, zlibInflateSetDictionary } from "pako";

/** Why a stream was not inflated: docs/format.md, section 7. */
export type Fault = "deflate" | "size" | "trailing";

/** The bytes, or what is wrong with the stream. */
export type Inflated = { bytes: Uint8Array } | { fault: Fault };

/**
 * Inflates one raw DEFLATE stream that fills the input to its last byte, under a preset dictionary.
 * No more than limit bytes are ever made room for, however many the stream stands for.
 */
export function inflateRaw(data: Uint8Array, dictionary: Uint8Array, limit: number): Inflated {
  return inflate(data, -15, limit, dictionary);
}

/** The same for a stream in zlib's framing (RFC 1950), without a dictionary. */
export function inflateZlib(data: Uint8Array, limit: number): Inflated {
  return inflate(data, 15, limit);
}

function inflate(data: Uint8Array, windowBits: number, limit: number, dictionary?: Uint8Array): Inflated {
  const stream = new ZStream();
  if (zlibInflateInit2(stream, windowBits) !== Z_OK) return { fault: "deflate" };
  if (dictionary !== undefined && zlibInflateSetDictionary(stream, dictionary) !== Z_OK) return { fault: "deflate" };
  stream.input = data;
  stream.avail_in = data.length;
  // One byte more than allowed tells a stream of just the limit from a longer one.
  stream.output = new Uint8Array(limit + 1);
  stream.avail_out = limit + 1;
  const end = zlibInflate(stream, Z_FINISH);
  if (stream.avail_out === 0) return { fault: "size" };
  if (end !== Z_STREAM_END) return { fault: "deflate" };
  if (stream.avail_in > 0) return { fault: "trailing" };
  return { bytes: stream.output.subarray(0, limit + 1 - stream.avail_out) };
}
