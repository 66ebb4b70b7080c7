/**
 * SM2 with SM3 (GM/T 0003), user id 1234567812345678. An entry of its own, so that nobody loads it who does not want
 * it: `import { sm2 } from "yizheng-verifier/sm2"`, with the package sm-crypto-v2 beside.
 */
import * as smCrypto from "sm-crypto-v2";
import { SM2, toBigInt } from "./keys.js";
import type { Sm2 } from "./signature.js";

const hex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");

/** Give it to openTrust, and what was signed by SM2 is verified. */
export const sm2: Sm2 = {
  verify(key, message, signature) {
    // The package computes with whatever r and s are; the standard has them from 1 to n − 1.
    for (const half of [signature.subarray(0, 32), signature.subarray(32)]) {
      const value = toBigInt(half);
      if (value < 1n || value >= SM2.n) return false;
    }
    const point = "04" + hex(key.x) + hex(key.y!);
    return smCrypto.sm2.doVerifySignature(message, hex(signature), point, { hash: true, userId: "1234567812345678" });
  },
};
