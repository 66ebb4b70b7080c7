// What the user of this device prefers. Where the device keeps nothing, being
// full or not allowed to, what is usual counts.

import { value, keep } from "./store.js";

const USUAL = { sound: true, vibrate: true, continuous: false };

export const preferred = (name) => value(name).then((v) => v ?? USUAL[name], () => USUAL[name]);

// prefer remembers a choice, and says whether it could.
export const prefer = (name, v) => keep(name, v).then(() => true, () => false);
