import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import type {Uuid} from '../../values/scalars.js'
import {keyword} from '../../values/scalars.js'
import {A} from '../attributes.js'
import type {Draft} from './draft.js'

const CREATED_BY = keyword('logseq.property/created-by-ref')

/** Adds a reaction of a user to a block, or takes it away when it is there. @returns undefined for an unknown block */
export function* toggleReaction(
  draft: Draft,
  target: number | undefined,
  emoji: string,
  user: null | Uuid,
  execution: ExecutionContext,
): CooperativeTask<true | undefined> {
  if (target === undefined) return undefined
  const by = user === null ? undefined : draft.byUuid(user)
  const known = draft
    .owners(A.reactionTarget, target)
    .find((e) => draft.value(e, A.reactionEmoji) === emoji && draft.ref(e, CREATED_BY) === by)
  if (known === undefined) {
    draft.create([
      [A.uuid, draft.making.uuid()],
      [A.createdAt, draft.now],
      [A.reactionEmoji, emoji],
      [A.reactionTarget, target],
      [CREATED_BY, by],
    ])
  } else {
    yield* draft.remove(known, execution)
  }

  return true
}
