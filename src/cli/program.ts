import type {Config} from '@oclif/core/interfaces'

/** The program that has the commands: ours, or another oclif CLI that has them as a plugin. */
export type Program = Pick<Config, 'bin' | 'topicSeparator'>

/** Texts of the library name commands as our own program has them: `logseq server start`. Puts them as this program has them. */
export function asCalledBy({bin, topicSeparator}: Program, text: string): string {
  return text.replaceAll(/`logseq ([a-z]+(?: [a-z]+)?)/g, (_, words: string) =>
    ['`', bin, ' ', words.replace(' ', topicSeparator)].join(''),
  )
}
