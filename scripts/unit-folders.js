/** The folders whose tests start no program of this package; they run on macOS and Windows, too. */
export const UNIT_FOLDERS = ['browser', 'cli', 'electron', 'engine', 'lib', 'logseq', 'values'].map(
  (name) => `test/${name}`,
)
