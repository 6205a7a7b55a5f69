import type {DoctorResult} from '../../lib/doctor/doctor.js'
import type {Finding, Level} from '../../lib/doctor/findings.js'
import {escapeControls, printable, type Role, style} from '../output.js'

const ROLES: Record<'ok' | Level, Role> = {error: 'error', note: 'hint', ok: 'success', warning: 'warning'}

/** Returns the lines for a look at everything: what is in order, what was fixed, what was found, and how much that is. */
export function doctorText({checks, findings, fixes, healthy}: DoctorResult): string[] {
  const problems = findings.filter(({level}) => level !== 'note').length
  return [
    ...checks.filter(({outcome}) => outcome === 'ok').map(({summary}) => `${mark('ok')}${printable(summary)}`),
    ...fixes.map(
      ({done, message}) => `${done ? style('success', 'fixed'.padEnd(WIDTH)) : mark('note')}${printable(message)}`,
    ),
    ...findings.flatMap((finding) => findingText(finding)),
    healthy
      ? style('success', 'No problems found.')
      : style('error', `${problems} problem${problems === 1 ? '' : 's'} found.`),
  ]
}

const WIDTH = 'warning  '.length

function mark(level: 'ok' | Level): string {
  return style(ROLES[level], level.padEnd(WIDTH))
}

function findingText({hint, level, meaning, message}: Finding): string[] {
  const indent = ' '.repeat(WIDTH)
  return [
    `${mark(level)}${escapeControls(message)}`,
    `${indent}${escapeControls(meaning)}`,
    `${indent}${style('hint', 'Hint:')} ${escapeControls(hint)}`,
  ]
}
