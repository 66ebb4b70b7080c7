// Finds QR codes in pictures by zxing-cpp, apart from the page. A message is
// [id, picture, thorough], the picture an ImageBitmap, ImageData or Blob, and
// is answered by [id, texts, milliseconds].
"use strict";
importScripts("zxing.js");

ZXingWASM.prepareZXingModule({
  overrides: { locateFile: (file) => file },
  fireImmediately: true,
});

let canvas;

function pixels(bitmap) {
  canvas ??= new OffscreenCanvas(1, 1);
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
  }
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

addEventListener("message", async ({ data: [id, picture, thorough] }) => {
  const began = performance.now();
  try {
    if (picture instanceof Blob) picture = await createImageBitmap(picture);
    if (picture instanceof ImageBitmap) picture = pixels(picture);
    const found = await ZXingWASM.readBarcodes(picture, {
      formats: ["QRCode"],
      tryHarder: thorough,
      tryRotate: false, // a QR symbol is found at any rotation without
      tryInvert: thorough,
      tryDownscale: thorough,
      maxNumberOfSymbols: 8,
      textMode: "Plain",
    });
    postMessage([id, found.map((code) => code.text), performance.now() - began]);
  } catch (error) {
    postMessage([id, [], performance.now() - began, String(error)]);
  }
});
