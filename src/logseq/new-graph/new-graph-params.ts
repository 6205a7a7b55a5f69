/** Values that differ in each new graph. */
export interface NewGraphParams {
  /** In ms since 1970. */
  now: number
  /** A random UUID, in lower case. Logseq sets its first eight digits to zero. */
  uuid: string
}

/** Placeholders of a template, which a new graph replaces by its own. Neither is anywhere else in a graph. */
export const PLACEHOLDERS: NewGraphParams = {now: 1_234_567_890_123, uuid: '00000000-5eed-4eed-8eed-5eed5eed5eed'}
