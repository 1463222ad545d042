// A wallet's code at the counter, or a sheet that a root signed: from a scanner that types, from the camera, or pasted.
// The form sends itself.

import { NoCamera, startCamera } from '../lib/camera.js';
import { t } from '../lib/words.js';

/** Adds the camera to a form that has a field for the text, "text" or what data-scan names. @param {HTMLFormElement} form */
export function addCamera(form) {
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem(form.dataset.scan || 'text'));
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button quiet';
  const says = (/** @type {string} */ words) => {
    button.textContent = words;
    button.setAttribute('aria-label', `${words}: ${field.labels?.[0]?.textContent ?? ''}`);     // a page has several
  };
  says(t('console.camera'));
  form.querySelector('[data-buttons]')?.append(button);
  /** @type {(() => void) | null} */
  let close = null;
  button.addEventListener('click', async () => {
    if (close) return close();
    says(t('console.camera_stop'));
    close = await open(form, field, () => {
      close = null;
      says(t('console.camera'));
    });
  });
}

/**
 * Shows the camera until it read something; `closed` is called once.
 * @param {HTMLFormElement} form @param {HTMLInputElement} field @param {() => void} closed
 */
async function open(form, field, closed) {
  const box = document.createElement('div');
  box.className = 'camera';
  const video = document.createElement('video');
  video.setAttribute('aria-label', t('console.camera_view'));
  box.append(video);
  form.prepend(box);
  /** @type {import('../lib/camera.js').Camera | null} */
  let camera = null;
  const close = () => {
    camera?.stop();
    box.remove();
    closed();
  };
  try {
    camera = await startCamera(video, (text) => {
      field.value = text;
      close();
      form.requestSubmit();
    });
  } catch (error) {
    if (!(error instanceof NoCamera)) throw error;
    close();
    const line = document.createElement('p');
    line.setAttribute('role', 'alert');
    line.textContent = t('console.no_camera');
    form.prepend(line);
    return null;
  }
  return close;
}
