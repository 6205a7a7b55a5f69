/** Error of a text that is not transit. */
export class TransitError extends Error {}
