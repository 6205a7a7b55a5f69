/**
 * Checks types and style in one process: ESLint asks the program that the compiler has just checked for its types.
 * Both keep what they found in node_modules/.cache, and look again only at what has changed.
 */
import {fileURLToPath} from 'node:url'
import {ESLint} from 'eslint'
import ts from 'typescript'
import config from '../eslint.config.js'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)
process.env['TSESTREE_SINGLE_RUN'] = 'true' // or it makes programs that watch their files

/** Those that were checked now: none where all is as it was. */
const programs = []
const typesAreRight = checkTypes()

const parser = config
  .map(({languageOptions}) => languageOptions?.parser)
  .find((one) => one?.meta?.name.includes('typescript'))
const eslint = new ESLint({
  cache: true,
  cacheLocation: 'node_modules/.cache/eslint',
  cacheStrategy: 'content',
  overrideConfig: {
    files: ['**/*.ts'],
    languageOptions: {parser: {meta: parser.meta, parseForESLint}},
  },
})
const results = await eslint.lintFiles('.')
const formatter = await eslint.loadFormatter()
process.stdout.write(await formatter.format(results))
const isClean = results.every(({errorCount, warningCount}) => errorCount + warningCount === 0)
process.exitCode = typesAreRight && isClean ? 0 : 1

/** Does what `tsc -b test` does. @returns whether there is no error */
function checkTypes() {
  const report = ts.createDiagnosticReporter(ts.sys, true)
  const host = ts.createSolutionBuilderHost(ts.sys, undefined, report, report)
  host.afterProgramEmitAndDiagnostics = (built) => programs.push(built.getProgram())
  return ts.createSolutionBuilder(host, ['test'], {}).build() === ts.ExitStatus.Success
}

/** Parses a file with the types of the program that has its source. */
function parseForESLint(text, options) {
  const known = programs.filter((program) => program.getRootFileNames().includes(options.filePath))
  return parser.parseForESLint(text, known.length > 0 ? {...options, programs: known} : options)
}
