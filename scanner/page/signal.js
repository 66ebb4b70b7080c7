// What is heard and felt, so that an inspector need not look first: good rises,
// bad falls and repeats, the rest is two even tones.

import { preferred } from "./preferences.js";

const TONES = {
  valid: { notes: [[660, 0.09], [990, 0.16]], shake: [60] },
  partial: { notes: [[740, 0.12], [740, 0.12], [590, 0.2]], shake: [60, 80, 60] },
  foreign: { notes: [[740, 0.12], [740, 0.12]], shake: [60, 80, 60] },
  invalid: { notes: [[330, 0.22], [247, 0.35]], shake: [250, 90, 250] },
  superseded: { notes: [[330, 0.22], [247, 0.35]], shake: [250, 90, 250] },
  forged: { notes: [[247, 0.18], [196, 0.18], [247, 0.18], [196, 0.4]], shake: [300, 80, 300, 80, 300] },
};
const OTHER = { notes: [[520, 0.1], [520, 0.1]], shake: [40, 60, 40] };

let audio;

// prepare is called from a tap: before one, no browser lets a page sound.
export function prepare() {
  audio ??= globalThis.AudioContext && new AudioContext();
  if (audio?.state === "suspended") void audio.resume();
}

export async function signal(kind) {
  const { notes, shake } = TONES[kind] ?? OTHER;
  if (await preferred("vibrate")) navigator.vibrate?.(shake);
  if (!(await preferred("sound")) || audio?.state !== "running") return;
  let at = audio.currentTime;
  for (const [frequency, length] of notes) {
    const oscillator = audio.createOscillator();
    const gain = audio.createGain();
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0.25, at);
    gain.gain.exponentialRampToValueAtTime(0.001, at + length);
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(at);
    oscillator.stop(at + length);
    at += length;
  }
}
