import {Sandbox} from './sandbox.js'
import {serve, type Served} from './workers.js'

/** Each test has its own, or all tests of a suite share one. */
type Scope = 'suite' | 'test'

/** Gives tests a sandbox, and ends what they started in it. */
export function useSandbox(scope: Scope = 'test'): Sandbox {
  const sandbox = {} as {current: Sandbox}
  const [begin, end] = scope === 'test' ? [beforeEach, afterEach] : [before, after]
  begin(() => {
    sandbox.current = new Sandbox()
  })
  end(() => sandbox.current.dispose())
  return asCurrent(sandbox)
}

/** Gives tests a sandbox with a server of the graph `demo` that is ready. */
export function useServer(scope: Scope = 'test'): {sandbox: Sandbox; server: Served} {
  const sandbox = useSandbox(scope)
  const server = {} as {current: Served}
  const begin = scope === 'test' ? beforeEach : before
  begin(async () => {
    server.current = await serve(sandbox)
  })
  return {sandbox, server: asCurrent(server)}
}

/** Stands for whatever is current, so that a suite can name it before there is one. */
function asCurrent<T extends object>(holder: {current: T}): T {
  return new Proxy({} as T, {
    get(_, key) {
      const value: unknown = Reflect.get(holder.current, key, holder.current)
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(holder.current) : value
    },
  })
}
