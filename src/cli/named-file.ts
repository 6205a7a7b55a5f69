import {ServerError} from '../lib/errors.js'

/**
 * Refuses `-` as the name of a file. It stands for stdin or stdout in other programs, and in `query` and `invoke`.
 * @param command words of the command, which only takes files, up to the name of the file
 * @throws ServerError `usage`
 */
export function requireNamedFile(command: string, file: string, purpose: 'reads' | 'writes'): void {
  if (file !== '-') return
  const what = {reads: 'reads a file, and not stdin', writes: 'writes a file, and not to stdout'}[purpose]
  throw new ServerError('usage', `\`logseq ${command}\` ${what}`, {
    details: {file},
    hint: `Name a file. One that is called - is ./-: \`logseq ${command} ./-\`.`,
  })
}
