import type {CompletionFacts, NodeFacts, PathFacts} from '../facts.js'
import {finding} from '../findings.js'
import type {Checked} from './check.js'

/** Judges Node.js and its SQLite. A Node.js that is too old runs none of this: `bin/run.js` says so. */
export function checkNode({sqlite, sqliteProblem = '', version}: NodeFacts): Checked {
  const summary = `Node.js ${version}, ${sqlite === undefined ? 'no SQLite' : `SQLite of ${sqlite}`}`
  if (sqlite !== undefined) return {findings: [], summary}
  const hint = 'Use Node.js 22.13 or later, or install again on this machine: `npm install --global logseq-server`.'
  return {findings: [finding('sqlite-missing', {hint, message: sqliteProblem})], summary}
}

/** Judges which program the command's name leads to. */
export function checkPath({bin, programs}: PathFacts): Checked {
  const [first, ...others] = programs
  if (!first) {
    const hint = `Add its directory to PATH; \`command -v ${bin}\` then shows it.`
    return {
      findings: [finding('not-on-path', {hint, message: `No program ${bin} is on PATH`})],
      summary: `${bin} on PATH`,
    }
  }

  const name = (path: string, pkg: string | undefined) => (pkg === undefined ? path : `${path} (${pkg})`)
  const summary = `${bin} on PATH is ${name(first.path, first.package)}`
  const hint = `See all of them with \`type -a ${bin}\`, and change the order of PATH, or remove one.`
  if (!first.self) {
    const isOurs = first.package?.startsWith('logseq-server ') === true
    const message = `${bin} on PATH is ${name(first.path, first.package)}, not the program that runs now`
    const code = isOurs ? 'other-installation' : 'other-program'
    return {findings: [finding(code, {hint, message, path: first.path})], summary}
  }

  const other = others.find(({self}) => !self)
  if (!other) return {findings: [], summary}
  const message = `A second program ${bin} is on PATH: ${name(other.path, other.package)}`
  return {findings: [finding('other-installation', {hint, message, path: other.path})], summary}
}

/** Judges whether completion is set up for the user's shell. */
export function checkCompletion({installed, shell}: CompletionFacts): Checked {
  if (shell === undefined) return {findings: [], summary: 'completion: for bash, fish and zsh only'}
  if (installed) return {findings: [], summary: `completion of ${shell} is set up`}
  return {
    findings: [
      finding('completion-not-installed', {
        hint: '`logseq completion` prints the line that sets it up.',
        message: `Completion of ${shell} is not set up`,
      }),
    ],
    summary: `completion of ${shell}`,
  }
}

/** Shells that have a completion script, with the files below the home directory that may set it up. */
export const COMPLETION_FILES: Readonly<Record<string, readonly string[]>> = {
  bash: ['.bashrc', '.bash_profile', '.profile', '.bash_completion', '.local/share/bash-completion/completions/BIN'],
  fish: ['.config/fish/completions/BIN.fish', '.config/fish/config.fish'],
  zsh: ['.zshrc', '.zshenv', '.zprofile', '.config/zsh/.zshrc'],
}

/** Returns true if the text of one of these files sets up completion. */
export function setsUpCompletion(text: string, bin: string): boolean {
  return new RegExp(String.raw`\b${bin.replaceAll(/\W/g, String.raw`\$&`)} (?:completion|__complete)\b`).test(text)
}
