import {type ErrorCode, machineError, messageOf, ServerError} from '../../lib/errors.js'
import {fileError} from '../../lib/files/file-error.js'
import {type Authorization, authorize} from './authorize.js'
import type {Request} from './exchange.js'
import {allowOrigin, requireHost} from './host-and-origin.js'
import {traceRequest} from './request-log.js'
import type {RequestContext, Route} from './routes.js'
import {sendError} from './send.js'
import type {Service} from './service.js'

/** Paths whose responses stay open on purpose. */
const STREAMS = new Set(['/v1/events', '/v1/lease'])

/** Request before it has a route. */
type Unrouted<Context extends RequestContext> = Omit<Context, 'authorization' | 'parameters'>

/** Answers a request by its route, or with an error. */
export function respond<Context extends RequestContext>(
  service: Service,
  exchange: Pick<Context, 'request' | 'response'>,
  routes: Readonly<Record<string, Route<Context>>>,
): void {
  const {request, response} = exchange
  service.connections.begin(request.socket, response)
  service.wake()
  const path = pathOf(request)
  const trace = traceRequest(service.log, request, response, {path, streams: STREAMS.has(path)})
  const context = {...exchange, service, trace} as Unrouted<Context>
  answer(context, path, routes).catch((error: unknown) => {
    trace.code = fail(context, error)
  })
}

async function answer<Context extends RequestContext>(
  context: Unrouted<Context>,
  path: string,
  routes: Readonly<Record<string, Route<Context>>>,
): Promise<void> {
  const {request, response, service} = context
  requireHost(request)
  allowOrigin(request, response, service.origin)
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (!route) throw new ServerError('not-found', 'this path does not exist')
  if (request.method === 'OPTIONS') {
    response.writeHead(204).end()
    return
  }

  if (!route.methods.includes(request.method ?? '')) {
    response.setHeader('allow', route.methods.join(', '))
    throw new ServerError('method-not-allowed', `${path} takes ${route.methods.join(' or ')}`)
  }

  const parameters = new URLSearchParams((request.url ?? '').slice(path.length + 1))
  let authorization: Authorization | undefined
  if (!route.open) {
    authorization = await authorize(service, request, parameters, path === '/v1/events')
    service.connections.markAuthorized(request.socket)
  }

  await route.run({...context, authorization, parameters} as Context)
}

/** Returns the path of a request, without the query. The query may hold the token, which must stay out of logs. */
function pathOf({url = ''}: Request): string {
  return url.split('?', 1)[0] ?? ''
}

/** Sends an error, and logs it if it is a failure of the server. @returns its code */
function fail({request, response, service, trace}: Unrouted<RequestContext>, error: unknown): ErrorCode {
  const known =
    error instanceof ServerError
      ? error
      : (machineError(error) ??
        fileError(error) ??
        new ServerError('exception', 'the server failed; see its log for details'))
  if (known.httpStatus === 500)
    service.log('error', messageOf(error), {
      request: trace.id,
      path: pathOf(request),
      stack: (error as Error | undefined)?.stack,
    })
  if (response.headersSent) {
    response.destroy()
    return known.code
  }

  // The rest of a body that was refused is not read: the connection cannot be used again.
  if (!request.complete) response.setHeader('connection', 'close')
  sendError(response, known)
  return known.code
}
