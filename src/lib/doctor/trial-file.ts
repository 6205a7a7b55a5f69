import {randomUUID} from 'node:crypto'

const TRIAL = /^\.logseq-doctor-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.tmp(?:-journal|-wal|-shm)?$/

/** Chooses the name of the file on which locks are tried. */
export function newTrialFile(): string {
  return `.logseq-doctor-${randomUUID()}.tmp`
}

/** Returns true for the name of such a file, and of what SQLite opens beside it. */
export function isTrialFile(name: string): boolean {
  return TRIAL.test(name)
}
