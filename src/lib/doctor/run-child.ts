import type {ChildProcessWithoutNullStreams} from 'node:child_process'

import {packagePath} from '../package-root.js'
import {requirePipes} from '../process/require-pipes.js'
import {timeText} from '../time-text.js'

/** Output of the child that is read, in bytes. */
const MAX_OUTPUT = 64 * 1024 * 1024

/** Time for a child to begin, in ms. It does not depend on the disk, but a busy machine is slow. */
const BEGIN_MS = 15_000

/** Task of a child: to collect the facts of files, to hold a lock, or to try for one. */
export type Task = 'files' | 'hold' | 'try'

/** A process that looks at a disk. */
export interface Child {
  /** Resolves with its line of JSON; rejects with the reason when the line does not come in time. */
  answer: Promise<unknown>
  /** Ends it. One that hangs in the kernel is left to it. */
  end(): void
}

/** The child did not answer in time: the disk does not respond. */
export class SilentDisk extends Error {}

/**
 * Starts a child.
 * @param ms time to answer, from its first sign of life
 * @throws ServerError `too-many-open-files`
 */
export function startChild(task: Task, path: string, ms: number): Child {
  const {spawn} = process.getBuiltinModule('node:child_process')
  const {NODE_OPTIONS: _, ...env} = process.env
  const child = requirePipes(
    spawn(process.execPath, [packagePath('dist', 'lib', 'doctor', 'child.js'), task, path], {
      env: {...env, ELECTRON_RUN_AS_NODE: '1'},
    }),
  )
  return {
    answer: answerOf(child, ms),
    end() {
      child.stdin.destroy()
      child.kill('SIGKILL')
      // Neither its pipes nor its end keep this process: a child that hangs in the kernel may never end.
      for (const stream of [child.stdout, child.stderr]) stream.destroy()
      child.unref()
    },
  }
}

function answerOf(child: ChildProcessWithoutNullStreams, ms: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let text = ''
    let errors = ''
    const limit = (time: number) => setTimeout(() => reject(new SilentDisk(`no response in ${timeText(time)}`)), time)
    let timer = limit(BEGIN_MS)
    const settle = (act: () => void) => {
      clearTimeout(timer)
      act()
    }

    child.stdin.on('error', () => {}) // it has ended; its exit says so
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors = `${errors}${chunk}`.slice(-1000)
    })
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (text === '') {
        clearTimeout(timer)
        timer = limit(ms)
      }

      text += chunk
      if (text !== '\n' && text.endsWith('\n')) settle(() => resolve(JSON.parse(text)))
      else if (text.length > MAX_OUTPUT) settle(() => reject(new Error('its response is too long')))
    })
    child.on('error', (error) => settle(() => reject(error)))
    child.on('close', (code, signal) =>
      settle(() => reject(new Error(errors.trim().split('\n').at(-1) || `it ended with ${signal ?? code}`))),
    )
  })
}
