import type {IncomingMessage, ServerResponse} from 'node:http'

import {runSync} from '../../engine/task.js'
import {ServerError} from '../../lib/errors.js'
import type {Requester} from '../../lib/lock/owner.js'
import {MAX_CHALLENGE_LENGTH} from '../../protocol/health-datagram.js'
import {CHALLENGE_HEADER, CLIENT_PROOF_HEADER} from '../../protocol/http.js'
import {showJson} from '../json-values.js'
import {type Authorization, isSameUser, mayKnow} from './authorize.js'
import {parseObject, readText} from './body.js'
import type {Request, Response} from './exchange.js'
import {healthOf, isReady, provenHealthOf} from './health.js'
import {invoke} from './invoke.js'
import {sendLandingPage} from './landing-page.js'
import type {RequestTrace} from './request-log.js'
import {sendJson} from './send.js'
import type {Service} from './service.js'
import {upload} from './upload.js'

/** Bodies of a shutdown request may be this long, in bytes. */
const MAX_SHUTDOWN_BYTES = 4096

/** Request that a route answers. */
export interface RequestContext {
  /** Way in which it was authorized; undefined for paths that are open to all. */
  authorization: Authorization | undefined
  parameters: URLSearchParams
  request: Request
  response: Response
  service: Service
  trace: RequestTrace
}

/** Request whose route reads or writes a stream. */
export interface StreamContext extends RequestContext {
  request: IncomingMessage
  response: ServerResponse
}

export interface Route<Context extends RequestContext> {
  methods: readonly string[]
  open?: true
  run(context: Context): Promise<void> | void
}

/** Routes that are answered soon, without a stream. */
export const SHORT_ROUTES: Readonly<Record<string, Route<RequestContext>>> = {
  '/': {methods: ['GET', 'HEAD'], open: true, run: landingPage},
  '/healthz': {methods: ['GET', 'HEAD'], open: true, run: health},
  '/readyz': {methods: ['GET', 'HEAD'], open: true, run: ready},
  '/v1/shutdown': {methods: ['POST'], run: shutdown},
  '/v1/status': {methods: ['GET', 'HEAD'], run: ({response, service}) => sendJson(response, 200, service.status(1))},
}

/** Those that may take long. They leave connections to the others. */
const LONG_ROUTES: Readonly<Record<string, Route<StreamContext>>> = {
  '/v1/events': long('GET', ({response, service}) => service.events.open(response)),
  '/v1/import-db-binary': long('POST', ({parameters, request, response, service, trace}) =>
    upload(service, request, response, {parameters, trace}),
  ),
  '/v1/invoke': long('POST', ({request, response, service, trace}) => invoke(service, request, response, trace)),
  '/v1/lease': long('GET', ({response, service}) => service.leases.open(response)),
}

export const ALL_ROUTES: Readonly<Record<string, Route<StreamContext>>> = {...SHORT_ROUTES, ...LONG_ROUTES}

function long(method: string, run: Route<StreamContext>['run']): Route<StreamContext> {
  return {
    methods: [method],
    run(context) {
      context.service.connections.requireRoom(context.response)
      return run(context)
    },
  }
}

/** Logseq's clients know a server by its health, and send no challenge. Ours send one, and know the rest from the record. */
async function health({request, response, service}: RequestContext): Promise<void> {
  const challenge = request.headers[CHALLENGE_HEADER]
  const isKnown = typeof challenge !== 'string' && (await mayKnow(service, request))
  if (typeof challenge !== 'string')
    return sendJson(response, 200, {...(isKnown && service.describe()), ...healthOf(service)})
  if (challenge.length > MAX_CHALLENGE_LENGTH) throw new ServerError('bad-request', 'the challenge is too long')
  const proof = request.headers[CLIENT_PROOF_HEADER]
  const asked = {challenge, ...(typeof proof === 'string' && {'client-proof': proof})}
  sendJson(response, 200, provenHealthOf(service, asked, 1))
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
