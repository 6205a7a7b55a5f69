/** The text is no transit. */
export class TransitError extends Error {}
