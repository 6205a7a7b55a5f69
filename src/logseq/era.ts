/**
 * Generation of Logseq's clients that reads a result: a few results and arguments differ in form. `base` is the lock era of
 * docs/compatibility.md, `head` the list era.
 */
export type Era = 'base' | 'head'
