// Issues and verifies the same content with others' libraries, each in its own
// format, one after the other in one process. Reads {content, millis} and
// writes a line of JSON for each: microseconds of processor time for each
// issue and each verification, and how long the text for the symbol is.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { deepStrictEqual } from 'node:assert';
import * as jose from 'jose';

const require = createRequire(import.meta.url);
const shc = require('@pathcheck/shc-sdk');
const dcc = require('@pathcheck/dcc-sdk');
const pixelpass = require('@mosip/pixelpass');
const nodeJose = require('node-jose'); // what the first of them is built on
const pako = require('pako');

const { content, millis } = JSON.parse(readFileSync(0, 'utf8'));
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spki = publicKey.export({ type: 'spki', format: 'der' });
const pem = { private: privateKey.export({ type: 'pkcs8', format: 'pem' }), public: publicKey.export({ type: 'spki', format: 'pem' }) };
const jwk = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'bench' };
const publicJWK = { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, use: 'sig', alg: 'ES256', kid: 'bench' };
const issuer = 'https://zheng.example';
const text = JSON.stringify(content);

// The key is at hand in each of them: none may ask the network for it.
const certificate = createHash('sha256').update(spki).digest().subarray(0, 8).toString('base64');
dcc.addCachedKeys({ [certificate]: spki.toString('base64') });

const signJWS = async () => new jose.CompactSign(new TextEncoder().encode(text)).setProtectedHeader({ alg: 'ES256', kid: 'bench' }).sign(privateKey);
const verifyJWS = async (jws) => JSON.parse(new TextDecoder().decode((await jose.compactVerify(jws, publicKey)).payload));

const peers = [
  { name: 'jose: compact JWS, not packed for a symbol', issue: signJWS, verify: verifyJWS },
  {
    name: '@pathcheck/shc-sdk: SMART Health Card',
    issue: async () => shc.signAndPack(await shc.makeJWT(content, issuer, new Date()), jwk),
    // Its own unpackAndVerify asks the network for the key each time, one that
    // was handed to it included; this is the rest of it.
    verify: async (uri) => {
      const { payload } = await nodeJose.JWS.createVerify(await nodeJose.JWK.asKey(publicJWK)).verify(await shc.unpack(uri));
      return JSON.parse(Buffer.from(pako.inflateRaw(payload)).toString()).vc;
    },
  },
  {
    name: '@pathcheck/dcc-sdk: EU certificate (CWT)',
    issue: async () => dcc.signAndPack(await dcc.makeCWT(content, 12, 'ZZ'), pem.public, pem.private),
    verify: async (uri) => {
      const found = await dcc.unpackAndVerify(uri);
      if (found.status !== 'verified') throw new Error(found.status);
      return plain(await dcc.parseCWT(found.contents));
    },
  },
  {
    name: '@mosip/pixelpass, which signs nothing, around a JWS by jose',
    issue: async () => pixelpass.generateQRData(JSON.stringify({ jws: await signJWS() })),
    verify: async (data) => verifyJWS(JSON.parse(pixelpass.decode(data)).jws),
  },
];

// CBOR may give maps in the place of objects.
function plain(value) {
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [k, plain(v)]));
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  return value;
}

// cost gives the processor time of one call, after as long a time to warm up.
async function cost(call) {
  const run = async () => {
    let calls = 0;
    for (const end = performance.now() + millis; performance.now() < end; calls++) await call();
    return calls;
  };
  await run();
  const before = process.cpuUsage();
  const calls = await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

for (const { name, issue, verify } of peers) {
  const made = await issue();
  deepStrictEqual(await verify(made), content);
  console.log(JSON.stringify({ name, issue: await cost(issue), verify: await cost(() => verify(made)), length: made.length }));
}
