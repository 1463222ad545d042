// The worker behind camera.js: a picture in, the texts of its QR codes out. Says once, before the first, that it can
// read, or null that it never will: its program is fetched only when somebody scans.

import { prepareZXingModule, readBarcodes } from '../../vendor/zxing/reader.js';

/** @type {OffscreenCanvasRenderingContext2D | null} */
let pen = null;

self.onmessage = async ({ data }) => self.postMessage(await texts(/** @type {ImageBitmap} */ (data)).catch(() => []));
prepareZXingModule({ fireImmediately: true }).then(() => self.postMessage([]), () => self.postMessage(null));

/** @param {ImageBitmap} bitmap */
async function texts(bitmap) {
  const found = await readBarcodes(pixels(bitmap), { formats: ['QRCode'], maxNumberOfSymbols: 2 });
  return found.filter((code) => code.isValid).map((code) => code.text);
}

/** @param {ImageBitmap} bitmap */
function pixels(bitmap) {
  const { width, height } = bitmap;
  if (!pen || pen.canvas.width !== width || pen.canvas.height !== height) {
    pen = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  }
  if (!pen) throw new Error('no canvas in a worker');
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
  return pen.getImageData(0, 0, width, height);
}
