// QR 찍기: the camera, or the code's text pasted or typed. What was read is never opened as an address.

import { NoCamera, startCamera } from '../lib/camera.js';
import { html, useEffect, useRef, useState } from '../lib/dom.js';
import { stayAwake } from '../lib/wake.js';
import { t } from '../lib/words.js';
import { go } from './state.js';

export default function Scan() {
  return html`<${Camera} /><${Typed} />`;
}

/** @param {string} text */
function found(text) {
  navigator.vibrate?.(80);
  go('pay', { scanned: text });
}

function Camera() {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const [reason, setReason] = useState('');
  const [open, setOpen] = useState(false);
  useEffect(() => {
    let over = false;
    /** @type {import('../lib/camera.js').Camera | null} */
    let camera = null;
    const opened = (/** @type {import('../lib/camera.js').Camera} */ started) => {
      camera = started;
      setOpen(true);
      if (over) started.stop();
    };
    const failed = (/** @type {any} */ error) => {
      if (!(error instanceof NoCamera)) throw error;
      setReason(error.reason);
    };
    if (video.current) startCamera(video.current, found).then(opened, failed);
    return () => {
      over = true;
      camera?.stop();
    };
  }, []);
  useEffect(stayAwake, []);
  if (reason) return html`<section class="card" role="alert"><h2>${t('wallet.scan.no_camera')}</h2><p>${t(`wallet.scan.${reason}`)}</p></section>`;
  return html`
    <p>${t('wallet.scan.how')}</p>
    <div class="camera"><video ref=${video} playsinline muted aria-label=${t('wallet.scan.view')}></video></div>
    <p role="status">${t(open ? 'wallet.scan.looking' : 'wallet.scan.opening')}</p>
  `;
}

function Typed() {
  const send = (/** @type {Event & {target: any}} */ event) => {
    event.preventDefault();
    const text = event.target.elements.text.value.trim();
    if (text) found(text);
  };
  return html`
    <form class="card silent" onSubmit=${send}>
      <div class="field">
        <label for="text">${t('wallet.scan.typed')}</label>
        <p class="hint" id="text-hint">${t('wallet.scan.typed_hint')}</p>
        <textarea id="text" name="text" rows="3" autocomplete="off" autocapitalize="off" spellcheck="false"
          aria-describedby="text-hint"></textarea>
      </div>
      <button type="submit" class="button quiet wide">${t('wallet.scan.read')}</button>
    </form>
  `;
}
