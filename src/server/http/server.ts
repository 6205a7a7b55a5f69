import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'

import {runSync} from '../../engine/task.js'
import {type ErrorCode, machineError, messageOf, ServerError} from '../../lib/errors.js'
import {fileError} from '../../lib/files/file-error.js'
import type {Requester} from '../../lib/lock/owner.js'
import {CHALLENGE_HEADER, CLIENT_PROOF_HEADER} from '../../protocol/http.js'
import {showJson} from '../json-values.js'
import {type Authorization, authorize, isSameUser, mayKnow} from './authorize.js'
import {parseObject, readText} from './body.js'
import {allowOrigin, requireHost} from './host-and-origin.js'
import {invoke} from './invoke.js'
import {sendLandingPage} from './landing-page.js'
import {type RequestTrace, traceRequest} from './request-log.js'
import {sendError, sendJson} from './responses.js'
import type {Service} from './service.js'
import {upload} from './upload.js'

/** Bodies of a shutdown request may be this long, in bytes. */
const MAX_SHUTDOWN_BYTES = 4096
const MAX_CHALLENGE_LENGTH = 256

interface RequestContext {
  /** Way in which it was authorized; undefined for paths that are open to all. */
  authorization: Authorization | undefined
  parameters: URLSearchParams
  request: IncomingMessage
  response: ServerResponse
  service: Service
  trace: RequestTrace
}

interface Route {
  /** A request that may take long: it leaves connections to those that do not. */
  long?: true
  methods: readonly string[]
  open?: true
  run(exchange: RequestContext): Promise<void> | void
}

const ROUTES: Record<string, Route> = {
  '/': {methods: ['GET', 'HEAD'], open: true, run: landingPage},
  '/healthz': {methods: ['GET', 'HEAD'], open: true, run: health},
  '/readyz': {methods: ['GET', 'HEAD'], open: true, run: ready},
  '/v1/events': {long: true, methods: ['GET'], run: ({response, service}) => service.events.open(response)},
  '/v1/import-db-binary': {
    long: true,
    methods: ['POST'],
    run: ({parameters, request, response, service, trace}) => upload(service, request, response, {parameters, trace}),
  },
  '/v1/invoke': {
    long: true,
    methods: ['POST'],
    run: ({request, response, service, trace}) => invoke(service, request, response, trace),
  },
  '/v1/lease': {long: true, methods: ['GET'], run: ({response, service}) => service.leases.open(response)},
  '/v1/shutdown': {methods: ['POST'], run: shutdown},
  '/v1/status': {methods: ['GET', 'HEAD'], run: ({response, service}) => sendJson(response, 200, service.status())},
}

/** Paths whose responses stay open on purpose. */
const STREAMS = new Set(['/v1/events', '/v1/lease'])

/**
 * Maximum time that a client may take for the head of a request, and for all of it; and interval of the check. In ms.
 */
const TIMEOUTS = {connectionsCheckingInterval: 5000, headersTimeout: 20_000, requestTimeout: 120_000}

/** The server's HTTP server, not yet listening. No request, however malformed, ends the server. */
export function createHttpServer(service: Service): Server {
  const server = createServer(TIMEOUTS, (request, response) => {
    const path = pathOf(request)
    const trace = traceRequest(service.log, request, response, {path, streams: STREAMS.has(path)})
    answer(service, request, response, trace).catch((error: unknown) => {
      trace.code = fail({request, response, service, trace}, error)
    })
  })
  service.connections.watch(server)
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    else socket.destroy()
  })
  return server
}

async function answer(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
  trace: RequestTrace,
): Promise<void> {
  requireHost(request)
  allowOrigin(request, response, service.origin)
  const path = pathOf(request)
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined
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

  if (route.long) service.connections.requireRoom(response)
  await route.run({authorization, parameters, request, response, service, trace})
}

/** Returns the path of a request, without the query. The query may hold the token, which must stay out of logs. */
function pathOf({url = ''}: IncomingMessage): string {
  return url.split('?', 1)[0] ?? ''
}

/** Sends an error, and logs it if it is a failure of the server. @returns its code */
function fail(
  {request, response, service, trace}: Omit<RequestContext, 'authorization' | 'parameters'>,
  error: unknown,
): ErrorCode {
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

/** Logseq's clients know a server by its health, and send no challenge. Ours send one, and know the rest from the record. */
async function health({request, response, service}: RequestContext): Promise<void> {
  const challenge = request.headers[CHALLENGE_HEADER]
  const isKnown = typeof challenge !== 'string' && (await mayKnow(service, request))
  const damage = service.damage()
  const status = {status: isReady(service) ? 'ready' : 'starting', ...(damage !== undefined && {damage})}
  if (typeof challenge !== 'string')
    return sendJson(response, 200, isKnown ? {...service.describe(), ...status} : status)
  if (challenge.length > MAX_CHALLENGE_LENGTH) throw new ServerError('bad-request', 'the challenge is too long')
  const proof = request.headers[CLIENT_PROOF_HEADER]
  const knowsToken = typeof proof === 'string' && service.isProofOfClient(challenge, proof)
  const use = knowsToken ? {use: service.status()} : {}
  sendJson(response, 200, {...service.prove(challenge), 'request-ids': true, ...status, ...use})
}

/** A person's browser looks like a page, so only the user decides here. No page of another origin can read the answer. */
async function landingPage({request, response, service}: RequestContext): Promise<void> {
  const {graph, version} = service.landing()
  sendLandingPage(response, {graph: (await isSameUser(service, request)) ? graph : undefined, version})
}

function ready({response, service}: RequestContext): void {
  const yes = isReady(service)
  response.writeHead(yes ? 200 : 503, {'content-type': 'text/plain'}).end(yes ? 'ok' : 'not-ready')
}

function isReady(service: Service): boolean {
  return service.state() === 'ready' && service.holds()
}

async function shutdown({authorization, request, response, service}: RequestContext): Promise<void> {
  const text = await readText(request, MAX_SHUTDOWN_BYTES)
  const isPeer = authorization === 'peer'
  const body = isPeer && text.trim() === '' ? {} : runSync(parseObject(text, {shouldYield: () => false}))
  const requester = isPeer && body['owner-source'] === undefined ? undefined : readRequester(body)
  const owner = await service.shutdown(requester, body['restart'] === true)
  if (owner) {
    throw new ServerError('server-owned-by-other', `only its owner, ${owner.source}, may stop this server`, {
      details: {
        'owner-source': owner.source,
        'requester-owner-source': requester?.source,
      },
    })
  }

  sendJson(response, 200, {ok: true}, {connection: 'close'})
}

function readRequester(body: Record<string, unknown>): Requester {
  const source = body['owner-source']
  const id = body['owner-id']
  if (source !== 'cli' && source !== 'electron')
    throw new ServerError('bad-request', `owner-source: expected cli or electron, got ${showJson(source)}`)
  return {id: typeof id === 'string' ? id : undefined, source}
}
