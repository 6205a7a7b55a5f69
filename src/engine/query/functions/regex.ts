import {createRequire} from 'node:module'
import type {Matcher, RE2JS} from 're2js'

import {Pattern} from '../../../values/scalars.js'
import type {Value} from '../../../values/types.js'
import {
  ArgumentError,
  bounded,
  boundedCollection,
  boundedLength,
  type Functions,
  joinedTexts,
  takes,
  textIn,
  wrongArgument,
} from './callable.js'

/** Regular expressions of RE2, whose time grows only with the length of the text. */
export const REGEX: Functions = {
  're-find': takes(2, ([pattern, text]) => {
    const matcher = matcherOf(pattern, textIn(text))
    return matcher.find() ? groupsOf(matcher) : null
  }),
  're-matches': takes(2, ([pattern, text]) => {
    const matcher = matcherOf(pattern, textIn(text))
    return matcher.matches() ? groupsOf(matcher) : null
  }),
  're-pattern': takes(1, ([source]) => (source instanceof Pattern ? source : new Pattern(textIn(source)))),
  're-seq': takes(2, ([pattern, text]) => {
    const found: Value[] = []
    const matcher = matcherOf(pattern, textIn(text))
    while (matcher.find()) found.push(groupsOf(matcher))
    return found.length === 0 ? null : boundedCollection(found)
  }),
}

/** Those functions of `clojure.string` that take texts and regular expressions alike. */
export const REGEX_STRING: Functions = {
  replace: takes(3, ([text, match, replacement]) => {
    const [within, by] = [textIn(text), textIn(replacement)]
    if (typeof match === 'string') return joinedTexts(within.split(match), by)
    return replaceMatches(matcherOf(match, within), within, by)
  }),
  split: takes(2, ([text, pattern]) => {
    const within = textIn(text)
    const parts = typeof pattern === 'string' ? within.split(pattern) : split(matcherOf(pattern, within), within)
    while (parts.at(-1) === '') parts.pop()
    return boundedCollection(parts)
  }),
}

/**
 * Replaces matches. A result that may become far too long is refused before it is made: a text of 100,000 characters, each
 * replaced by a long one, would be gigabytes. The estimate includes references of the replacement (`$1`, `` $` ``, `$'`).
 */
function replaceMatches(matcher: Matcher, within: string, by: string): string {
  let matches = 0
  while (matcher.find()) matches++
  const around = by.split(/\$[`']/).length - 1
  const inside = by.split('$').length - 1
  boundedLength((matches * (by.length + around * within.length) + inside * within.length) / SLACK)
  return bounded(matcher.replaceAll(by))
}

/** Maximum ratio of the estimate to the length of the resulting text. */
const SLACK = 10

/** The whole match; with the groups in a vector when there are any. */
function groupsOf(matcher: Matcher): Value {
  const whole = matcher.group()
  if (matcher.groupCount() === 0) return whole
  return [whole, ...Array.from({length: matcher.groupCount()}, (_, i) => matcher.group(i + 1))]
}

function split(matcher: Matcher, text: string): string[] {
  const parts: string[] = []
  let from = 0
  while (matcher.find()) {
    if (matcher.end() > 0) parts.push(text.slice(from, matcher.start()))
    from = matcher.end()
  }

  return [...parts, text.slice(from)]
}

/** Approximate number of steps that one match may take: characters of the text times instructions of the expression. */
const MAX_STEPS = 2_000_000
const MAX_PATTERN = 1000

function matcherOf(pattern: undefined | Value, text: string): Matcher {
  if (!(pattern instanceof Pattern)) throw wrongArgument('a regular expression', pattern)
  const compiled = compile(pattern.source)
  if (text.length * compiled.programSize() > MAX_STEPS)
    throw new ArgumentError(`a text of ${text.length} characters is too long for #"${pattern.source}"`)
  return compiled.matcher(text)
}

const MAX_KEPT = 64
const kept = new Map<string, RE2JS>()

function compile(source: string): RE2JS {
  const known = kept.get(source)
  if (known) return known
  if (source.length > MAX_PATTERN) throw new ArgumentError(`a regular expression has at most ${MAX_PATTERN} characters`)
  const compiled = tryToCompile(source)
  if (kept.size === MAX_KEPT) kept.clear()
  kept.set(source, compiled)
  return compiled
}

const load = createRequire(import.meta.url)

function tryToCompile(source: string): RE2JS {
  // Loaded by the first query that needs it: most need none.
  const {RE2JS: Compiler, RE2JSException} = load('re2js') as typeof import('re2js')
  try {
    return Compiler.compile(source)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    const why = error.message.replace(/^error parsing regexp: /, '')
    throw new ArgumentError(
      `#"${source}" cannot be used (${why}); there is no lookaround, and there are no back-references`,
    )
  }
}
