// What the user of this device prefers, and what is usual where nothing was said.

import { value, keep } from "./store.js";

const USUAL = { sound: true, vibrate: true, continuous: false, largeClosings: false };

export const preferred = async (name) => (await value(name)) ?? USUAL[name];

export const prefer = keep;
