import * as v from 'valibot'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const useSchema = v.object({
  clients: v.object({connections: count, 'event-streams': count, leases: count}),
  'idle-ms': v.optional(v.pipe(v.number(), v.minValue(0))),
  memory: v.optional(count),
})

/** Use that a server reports. */
export type Use = v.InferOutput<typeof useSchema>

/** Reads the use from a server's JSON. @returns undefined for a value of another form */
export function readUse(value: unknown): Use | undefined {
  const parsed = v.safeParse(useSchema, value)
  return parsed.success ? parsed.output : undefined
}
