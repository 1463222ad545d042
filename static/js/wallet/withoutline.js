// On the first screen, one line: how much can be paid while neither side has a network, or why nothing.

import { html, useEffect, useState } from '../lib/dom.js';
import { useWallet } from './state.js';

export function WithoutLine() {
  const { offline } = useWallet();
  const [text, say] = useState('');
  useEffect(() => {
    if (offline) import('./offline.js').then(({ sentence }) => say(sentence(offline)), () => say(''));
  }, [offline]);
  return text && html`<p class="small without-line">${text}</p>`;
}
