import {isNotesDataDir} from '../lib/graphs/notes.js'
import {printable} from './output.js'

/** Returns the line for a data directory without graphs. It suggests creating one only where that is not refused. */
export function noGraphsText(dataDir: string): string {
  const none = `No graphs in ${printable(dataDir)}`
  return isNotesDataDir(dataDir)
    ? `${none}: it is a graph of Markdown or Org files. Name the directory of the DB graphs with --data-dir DIR.`
    : `${none}. Create one with \`logseq graph create --repo NAME\`.`
}
