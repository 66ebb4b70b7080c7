// The camera: frames to the reader, one at a time, the newest first.

import { start } from "./ask.js";

let ask;
const reader = (...args) => (ask ??= start("reader-worker.js"))(...args);

// warm starts the reader before the first frame is there.
export const warm = () => void (ask ??= start("reader-worker.js"));

// readFile gives the texts of the codes in a picture file.
export async function readFile(file) {
  const [texts, , broken] = await reader([file, true]);
  if (broken) throw new Error(broken);
  return texts;
}

export class Camera {
  #video;
  #stream;
  #found;
  #lost;
  #running = false;
  #starting;

  // found is called with the texts of each frame that has any, and the
  // milliseconds from the frame to its texts; lost, where the camera is taken
  // away while it runs, by a call or a plug that is pulled.
  constructor(video, found, lost) {
    this.#video = video;
    this.#found = found;
    this.#lost = lost;
  }

  get on() {
    return this.#running;
  }

  // start asks for the camera once, however often an impatient finger taps.
  start() {
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  async #start() {
    this.stop();
    this.#stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1080 } },
    });
    this.#stream.getVideoTracks()[0]?.addEventListener("ended", () => (this.stop(), this.#lost()));
    this.#video.srcObject = this.#stream;
    await this.#video.play();
    this.#running = true;
    void this.#look();
  }

  stop() {
    this.#running = false;
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = undefined;
    this.#video.srcObject = null;
  }

  get hasTorch() {
    return Boolean(this.#stream?.getVideoTracks()[0]?.getCapabilities?.().torch);
  }

  torch(on) {
    return this.#stream?.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] });
  }

  // look reads frame after frame. Each is tried quickly; every third one
  // thoroughly, for paper under film and light on dark.
  async #look() {
    for (let n = 1; this.#running; n++) {
      await this.#frame();
      if (!this.#running) return;
      const began = performance.now();
      const bitmap = await createImageBitmap(this.#video).catch(() => null);
      if (!bitmap) continue;
      const [texts] = await reader([bitmap, n % 3 === 0], [bitmap]);
      if (this.#running && texts.length > 0) this.#found(texts, performance.now() - began);
    }
  }

  #frame() {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, 250);
      const now = () => (clearTimeout(late), resolve());
      if (this.#video.requestVideoFrameCallback) this.#video.requestVideoFrameCallback(now);
      else requestAnimationFrame(now);
    });
  }
}
