import {basename, extname} from 'node:path'

import type {ExportFormat} from '../lib/client/export.js'
import {ServerError} from '../lib/errors.js'

/** Endings of files of other formats. Any other ending, such as a date, says nothing about the format. */
const OTHER_FORMATS = new Set(
  (
    'csv datoms doc docx htm html json jsonl markdown md ndjson odt opml org pdf rdf rtf sql tex toml transit tsv ttl txt xls xlsx ' +
    'xml yaml yml 7z bz2 gz rar tar tgz xz zip zst'
  ).split(' '),
)

/**
 * Returns the format that the name of a file stands for: `edn` for `FILE.edn`, else `sqlite`.
 * @throws ServerError `usage` for a name that promises a format which the file would not have
 */
export function formatOfName(file: string): ExportFormat {
  const ending = extname(file).slice(1).toLowerCase()
  if (ending === 'edn') return 'edn'
  if (!OTHER_FORMATS.has(ending)) return 'sqlite'
  throw new ServerError('usage', `${basename(file)} says no format that a graph can be exported in: .${ending}`, {
    details: {file},
    hint: 'Name a file that ends with .sqlite or .edn, or choose the format: --format sqlite, edn or datoms.',
  })
}
