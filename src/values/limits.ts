/**
 * How deep values may nest, read or written: far beyond any real data, and well within the stack of every function that
 * walks a value.
 */
export const MAX_DEPTH = 1000
