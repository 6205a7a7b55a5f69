/** An export that cannot be made. Logseq's clients get it as a value: `{:export-edn-error text}`. */
export class ExportRefused extends Error {}

/** Maximum depth of blocks under a page: the text nests twice as deep, and could not be read if it were deeper. */
export const MAX_BLOCK_DEPTH = 400
