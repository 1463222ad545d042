// Nothing more can be written down, so nothing more is taken.

import { t } from '../lib/words.js';

export class Full extends Error {
  constructor() {
    super('the journal is full');
    this.title = t('till.full.title');
    this.detail = t('till.full.detail');
    this.next = t('till.full.next');
  }
}
