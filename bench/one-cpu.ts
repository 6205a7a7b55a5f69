import {spawnSync} from 'node:child_process'

/**
 * Runs a measurement while this process and others share one CPU. On several CPUs, a short exchange between two processes takes half as
 * long if they happen to share one. Without taskset(1), the CPUs stay as they are.
 */
export async function onOneCpu<T>(pids: readonly number[], act: () => Promise<T>): Promise<T> {
  const allowed = /: ([\d,-]+)$/.exec(taskset('-cp', String(process.pid)).trim())?.[1]
  if (allowed === undefined) return act()
  const [first = '0'] = allowed.split(/[,-]/)
  for (const pid of [process.pid, ...pids]) taskset('-acp', first, String(pid))
  try {
    return await act()
  } finally {
    taskset('-acp', allowed, String(process.pid))
  }
}

function taskset(...args: readonly string[]): string {
  return spawnSync('taskset', args, {encoding: 'utf8'}).stdout ?? ''
}
