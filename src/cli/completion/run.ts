import {listBackups} from '../../lib/graphs/backups.js'
import {DEFAULT_DATA_DIR} from '../../lib/graphs/data-dir.js'
import {findGraph, listGraphs} from '../../lib/graphs/locate.js'
import {UNPRINTABLE} from '../../lib/shell-quote.js'
import type {CommandSpec} from '../line/spec.js'
import {completionsOf, type Sources} from './candidates.js'

/**
 * Answers a shell: its first line is `words`, `files` or `directories`, and for words each next line one of them, with a remark
 * behind a tab. A line that cannot be completed has no words; a shell shows no error in the midst of typing.
 * @param argv the shell, then the words of the line up to the cursor, without the program
 */
export function completionText(commands: readonly CommandSpec[], argv: readonly string[]): string {
  const [shell, ...given] = argv
  const words = shell === 'bash' ? given.map((word) => unquote(word)) : given
  const completion = completionsOf(commands, words.slice(0, -1), words.at(-1) ?? '', SOURCES)
  const candidates = completion.kind === 'words' ? completion.words : []
  const lines = candidates
    .filter(({word}) => word.search(UNPRINTABLE) === -1) // a line each
    .map(({note, word}) => (note === undefined || shell === 'bash' ? word : `${word}\t${note}`))
  return `${[completion.kind, ...lines].join('\n')}\n`
}

/** A word as bash has it on its line, without its quotation marks; the last one may still be open. */
function unquote(word: string): string {
  return word.replaceAll(
    /'([^']*)'?|"((?:[^"\\]|\\.)*)"?|\\(.)/gs,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
  )
}

const SOURCES: Sources = {
  backups: (dataDir, repo) =>
    orNone(() =>
      listBackups(findGraph(repo || (process.env['LOGSEQ_CLI_REPO'] ?? ''), where(dataDir)).dir).map(({name}) => name),
    ),
  graphs: (dataDir) => orNone(() => listGraphs(where(dataDir)).map(({name}) => name)),
}

function where(dataDir: string | undefined): string {
  return (dataDir ?? process.env['LOGSEQ_CLI_DATA_DIR']) || DEFAULT_DATA_DIR
}

function orNone(list: () => readonly string[]): readonly string[] {
  try {
    return list()
  } catch {
    return [] // the command itself says what is wrong with the graph or the directory
  }
}
