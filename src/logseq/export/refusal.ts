/** An export that cannot be made. Logseq's clients get it as a value: `{:export-edn-error text}`. */
export class ExportRefused extends Error {}

/** Blocks may stand so deep under a page: what is written nests twice as deep, and could not be read deeper. */
export const MAX_BLOCK_DEPTH = 400
