// Reads QR codes from the camera. The browser's own BarcodeDetector where it knows QR (Android), else zxing in a worker
// of its own, so that the page never freezes. Nothing that was read is opened: the text goes to who asked.

import { scriptUrl } from './trusted.js';

/** @typedef {{ stop(): void }} Camera */
/** @typedef {{ read(video: HTMLVideoElement): Promise<string[]>, close(): void }} Reader */

const PAUSE_MS = 60;            // between two frames: a phone must not get hot in the queue
const FORGET_MS = 3000;         // a text that was out of sight for so long is news again

/** Why nothing is read: 'insecure' (no https), 'denied', 'missing', 'busy', 'line' (the reader could not be fetched). */
export class NoCamera extends Error {
  /** @param {'insecure' | 'denied' | 'missing' | 'busy' | 'line'} reason */
  constructor(reason) {
    super(reason);
    this.name = 'NoCamera';
    this.reason = reason;
  }
}

/**
 * Shows the camera in `video` and calls `found` with each new text; the same text again only after it was out of sight.
 * Throws NoCamera.
 * @param {HTMLVideoElement} video @param {(text: string) => void} found
 * @param {'environment' | 'user'} [facing] the lens to prefer
 * @returns {Promise<Camera>}
 */
export async function startCamera(video, found, facing = 'environment') {
  let stopped = false;
  const reader = await createReader();
  let stream = await open(facing).catch((error) => {
    reader.close();
    throw error;
  });
  const show = async () => {
    video.srcObject = stream;
    video.setAttribute('playsinline', '');
    video.muted = true;
    await video.play().catch(() => {});                 // stopped meanwhile: nothing to show
  };
  const wake = async () => {
    const lost = stream.getVideoTracks().every((track) => track.readyState === 'ended');
    if (stopped || document.hidden || !lost) return;    // a phone takes the camera away from a page in the background
    stream = await open(facing);
    await show();
  };
  const again = () => void wake().catch(() => {});
  document.addEventListener('visibilitychange', again);
  await show();
  void watch(video, reader, found, () => stopped);
  return {
    stop() {
      stopped = true;
      document.removeEventListener('visibilitychange', again);
      for (const track of stream.getTracks()) track.stop();
      video.srcObject = null;
      reader.close();
    },
  };
}

/** @param {'environment' | 'user'} facing */
async function open(facing) {
  if (!navigator.mediaDevices) throw new NoCamera('insecure');
  // 1080 lines: a version 8 code that fills a third of the picture still has four points a module.
  const video = { facingMode: { ideal: facing }, width: { ideal: 1920 }, height: { ideal: 1080 } };
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch (error) {
    if (error.name === 'NotAllowedError' || error.name === 'SecurityError') throw new NoCamera('denied');
    throw new NoCamera(error.name === 'NotFoundError' || error.name === 'OverconstrainedError' ? 'missing' : 'busy');
  }
}

/** @param {HTMLVideoElement} video @param {Reader} reader @param {(text: string) => void} found @param {() => boolean} over */
async function watch(video, reader, found, over) {
  let last = '', seenAt = 0;
  while (!over()) {
    await pause();
    if (over() || document.hidden || !video.videoWidth) continue;
    const texts = await reader.read(video).catch(() => []);     // a frame that could not be taken: the next one comes
    if (over() || !texts.length) continue;
    const now = performance.now();
    if (texts[0] !== last || now - seenAt > FORGET_MS) found(texts[0]);
    [last, seenAt] = [texts[0], now];
  }
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

/** @returns {Promise<Reader>} */
export async function createReader() {
  return await hasDetector() ? detectorReader() : workerReader();
}

async function hasDetector() {
  if (!('BarcodeDetector' in globalThis)) return false;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => /** @type {string[]} */ ([]));
  return formats.includes('qr_code');
}

/** @returns {Reader} */
function detectorReader() {
  const detector = new BarcodeDetector({ formats: ['qr_code'] });
  return {
    read: async (video) => (await detector.detect(video)).map((code) => code.rawValue),
    close() {},
  };
}

/** @returns {Promise<Reader>} */
async function workerReader() {
  const address = scriptUrl(new URL('./scanner.js', import.meta.url).href);
  const worker = new Worker(/** @type {any} */ (address), { type: 'module' });
  /** @param {(value: any) => void} resolve @param {(error: Error) => void} reject */
  const next = (resolve, reject) => {
    worker.onmessage = ({ data }) => (data ? resolve(data) : reject(new NoCamera('line')));
    worker.onerror = () => reject(new NoCamera('line'));
  };
  const ready = new Promise(next);
  await ready.catch((error) => {
    worker.terminate();
    throw error;
  });
  return {
    read: async (video) => {
      const bitmap = await createImageBitmap(video);
      const texts = new Promise(next);
      worker.postMessage(bitmap, [bitmap]);
      return texts;
    },
    close: () => worker.terminate(),
  };
}
