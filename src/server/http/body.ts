import type {CooperativeTask} from '../../engine/task.js'
import {ServerError} from '../../lib/errors.js'
import {bytes} from '../../lib/size-text.js'
import {
  type JsonSteps,
  JsonTextError,
  parseJsonInSteps,
  TooDeepError,
  TooManyValuesError,
} from '../../values/json-text.js'
import {MAX_JSON_VALUES, tooManyValues} from '../json-values.js'
import type {Request} from './exchange.js'
import type {MemoryShare} from './memory.js'

/**
 * Reads the text of a body.
 * @param maxBytes a larger body is refused as soon as it is announced or has arrived
 * @param share accounts for the memory that is held
 * @throws ServerError `body-too-large`, `server-busy`, `bad-request`
 */
export async function readText(request: Request, maxBytes: number, share?: MemoryShare): Promise<string> {
  const tooLarge = () => new ServerError('body-too-large', `a body may have at most ${bytes(maxBytes)}`)
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > maxBytes) throw tooLarge()
  share?.hold(announced) // before it arrives: sixty large ones would all begin to
  const decoder = new TextDecoder()
  const parts: string[] = []
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw tooLarge()
      if (size > announced) share?.hold(chunk.length)
      parts.push(decoder.decode(chunk, {stream: true}))
    }
  } catch (error) {
    // A client that leaves in the middle of its body, or takes too long for it, is no failure of the server.
    throw error instanceof ServerError ? error : new ServerError('interrupted', 'the client left', {cause: error})
  }

  return parts.join('') + decoder.decode()
}

/**
 * Parses the text of a body in steps.
 * @param steps when to yield, and a counter of the values
 * @throws ServerError `body-too-large`, `bad-request`
 */
export function* parseObject(
  text: string,
  steps: Omit<JsonSteps, 'maxValues'>,
): CooperativeTask<Record<string, unknown>> {
  let value: unknown
  try {
    value = yield* parseJsonInSteps(text, {...steps, maxValues: MAX_JSON_VALUES})
  } catch (error) {
    if (error instanceof TooManyValuesError) throw tooManyValues('a body', error)
    if (error instanceof TooDeepError) throw new ServerError('bad-request', `the body is ${error.message}`)
    if (error instanceof JsonTextError) throw new ServerError('bad-request', 'the body is not JSON')
    throw error
  }

  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ServerError('bad-request', 'the body is not a JSON object')
  return value as Record<string, unknown>
}
