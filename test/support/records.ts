import {execFileSync} from 'node:child_process'
import {mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'

import type {Known} from './processes.js'

/** What a record can be made of. */
export interface Scene {
  /** The record of another graph's server, which serves. */
  healthy: Record<string, any>
  /** A process that has nothing to do with any graph. */
  unrelated: Known
  path: string
  /** The record as its server wrote it, whether or not that one still lives. */
  record: Record<string, any>
}

/** Puts something where a record belongs. */
export type Put = (scene: Scene) => void

/** Puts a text there. */
export const text =
  (of: (scene: Scene) => string): Put =>
  (scene) =>
    writeFileSync(scene.path, of(scene), {mode: 0o600})

/** Puts the record there with some fields changed; those that are undefined go. */
export const changed = (fields: (scene: Scene) => Record<string, unknown>): Put =>
  text((scene) => JSON.stringify({...scene.record, ...fields(scene)}))

export const directory: Put = ({path}) => {
  mkdirSync(path)
  writeFileSync(join(path, 'file'), 'kept')
}

/** Puts a link there: to the true record, or to nothing. */
export const link =
  (to: 'nothing' | 'record'): Put =>
  (scene) => {
    const target = join(dirname(scene.path), 'elsewhere.json')
    rmSync(target, {force: true})
    if (to === 'record') writeFileSync(target, JSON.stringify(scene.record))
    symlinkSync(target, scene.path)
  }

export const fifo: Put = ({path}) => execFileSync('mkfifo', [path])

/** Everything by which a process is known. */
export const NO_IDENTITY = {
  'boot-id': undefined,
  'machine-id': undefined,
  'pid-namespace': undefined,
  'process-start': undefined,
}
