import {realDirectory} from '../../lib/graphs/data-dir.js'
import {describeAround, graphAround} from '../../lib/graphs/graph-around.js'
import {isNotesDataDir} from '../../lib/graphs/notes.js'
import {shellQuote} from '../../lib/shell-quote.js'
import {printable} from '../output.js'

/** Returns the line for a data directory without graphs. It suggests creating one only where that is not refused. */
export function noGraphsText(dataDir: string): string {
  const none = `No graphs in ${printable(dataDir)}`
  if (isNotesDataDir(dataDir))
    return `${none}: it is a graph of Markdown or Org files. Name the directory of the DB graphs with --data-dir DIR.`
  const around = graphAround(dataDir)
  if (around)
    return `${none}: ${printable(describeAround(dataDir, around))}. List that graph: \`logseq COMMAND --data-dir ${shellQuote(around.dataDir)}\`.`
  const missing = realDirectory(dataDir) === undefined ? ': the directory does not exist' : ''
  return `${none}${missing}. Create one with \`logseq graph create --repo NAME\`.`
}

/** Returns the lines for a data directory without servers. It suggests a start only where graphs can be. */
export function noListedServersText(dataDir: string): string[] {
  if (isNotesDataDir(dataDir)) return [noGraphsText(dataDir)]
  const none = `No servers for the graphs in ${printable(dataDir)}.`
  if (realDirectory(dataDir) === undefined)
    return [none, 'Create a graph and start its server with `logseq server start --repo NAME --create`.']
  return [none, 'Start one with `logseq server start --repo NAME`; `logseq server list --all` shows the graphs.']
}
