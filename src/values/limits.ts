/**
 * Maximum depth of nested values, read or written. It is far beyond any real data, and well within the stack of every
 * function that walks a value.
 */
export const MAX_DEPTH = 1000
