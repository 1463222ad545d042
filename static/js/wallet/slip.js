// For a shop with a printer: shows that this phone's owner wants to have on paper what is left and until when. It pays nothing.

import { base64url } from '../lib/bytes.js';
import { nowS } from '../lib/clock.js';
import { html, useEffect, useState } from '../lib/dom.js';
import { Refusal } from '../lib/ui.js';
import { stayAwake } from '../lib/wake.js';
import { t } from '../lib/words.js';
import { putBack, sign } from './account.js';
import { textOf } from './payments.js';
import { Picture } from './picture.js';
import { fault } from './state.js';

const LIFE_S = 55, RENEWED_BEFORE_S = 10;

export default function Slip() {
  const [shown, setShown] = useState(/** @type {{message: string, untilS: number} | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  useEffect(stayAwake, []);
  useEffect(() => {
    const renew = async () => {
      const untilS = nowS() + LIFE_S;
      const { raw, alias } = await sign('look', {}, untilS);
      setShown({ message: base64url(raw), untilS });
      await putBack(alias);           // what is paid next in the same shop stands under another name
    };
    const again = () => void renew().catch((failed) => setError(fault(failed)));
    if (!shown) again();
    const timer = setInterval(() => shown && shown.untilS - nowS() < RENEWED_BEFORE_S && again(), 1000);
    return () => clearInterval(timer);
  }, [shown]);
  if (error) return html`<${Refusal} error=${error} />`;
  return html`
    <section class="card">
      <p>${t('wallet.slip.how')}</p>
      ${shown && html`<${Picture} text=${textOf(shown.message)} label=${t('wallet.slip.picture')} />`}
      <p>${t('wallet.slip.safe')}</p>
    </section>`;
}
