/** Which generation of Logseq's clients reads a result: a few differ in form. */
export type Era = 'base' | 'head'
