/** It says "settled", and proves nothing of the kind. */
export class Unproven extends Error {}
