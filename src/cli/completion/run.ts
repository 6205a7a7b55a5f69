import {listBackups} from '../../lib/files/backups.js'
import {DEFAULT_DATA_DIR} from '../../lib/graphs/data-dir.js'
import {findGraph, listGraphs} from '../../lib/graphs/locate.js'
import {hasUnprintable} from '../../lib/shell-quote.js'
import {configPath, readConfig, type Settings} from '../config-file.js'
import type {CommandSpec} from '../line/spec.js'
import {completionsOf, type Sources} from './candidates.js'

/**
 * Returns the answer for a shell. The first line is `words`, `files` or `directories`. For words, each further line has
 * a word, with a note after a tab. An invalid line has no words, because a shell must not print an error while the user
 * types.
 * @param argv shell, then the words of the line up to the cursor, without the program
 */
export function completionText(
  commands: readonly CommandSpec[],
  argv: readonly string[],
  program: {bin: string; dirname: string},
): string {
  const [shell, ...given] = argv
  const words = shell === 'bash' ? given.map((word) => unquote(word)) : given
  const completion = completionsOf(commands, words.slice(0, -1), words.at(-1) ?? '', sourcesOf(settingsOf(program)))
  const candidates = completion.kind === 'words' ? completion.words : []
  const lines = candidates
    .filter(({word}) => !hasUnprintable(word)) // one per line
    .map(({note, word}) => (note === undefined || shell === 'bash' ? word : `${word}\t${note}`))
  return `${[completion.kind, ...lines].join('\n')}\n`
}

/** Removes bash's quotation marks from a word. The last one may still be open. */
function unquote(word: string): string {
  return word.replaceAll(
    /'([^']*)'?|"((?:[^"\\]|\\.)*)"?|\\(.)/gs,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
  )
}

function sourcesOf(settings: Settings): Sources {
  const where = (dataDir: string | undefined) =>
    (dataDir ?? process.env['LOGSEQ_CLI_DATA_DIR']) || settings.dataDir || DEFAULT_DATA_DIR
  return {
    backups: (dataDir, repo) =>
      orNone(() => {
        const named = repo || process.env['LOGSEQ_CLI_REPO'] || (settings.repo ?? '')
        return listBackups(findGraph(named, where(dataDir)).dir).map(({name}) => name)
      }),
    graphs: (dataDir) => orNone(() => listGraphs(where(dataDir)).map(({name}) => name)),
  }
}

function settingsOf(program: {bin: string; dirname: string}): Settings {
  const path = configPath(program)
  try {
    return path === undefined ? {} : readConfig(path).settings
  } catch {
    return {} // the command itself reports what is wrong with the file
  }
}

function orNone(list: () => readonly string[]): readonly string[] {
  try {
    return list()
  } catch {
    return [] // the command itself reports errors of the graph or the directory
  }
}
