import {readdirSync, readFileSync} from 'node:fs'
import {Ajv2020, type AnySchemaObject, type ValidateFunction} from 'ajv/dist/2020.js'

const DIR = new URL('../../schemas/v1/', import.meta.url)

/** The names of the published schemas. */
export const SCHEMAS = readdirSync(DIR).filter((name) => name.endsWith('.json'))

/** A way to a schema by the name of its file. */
type Schemas = (name: string) => ValidateFunction

/**
 * Compiles the published schemas strictly, so that a misspelt keyword is an error. They are closed here: a field that is printed and
 * not described is a fault of this program. For others they are open, see `compilePublished`.
 */
export function compileSchemas(): Schemas {
  return compile((schema) => closed(schema) as AnySchemaObject)
}

/** Compiles the schemas as they are published: open to new fields. */
export function compilePublished(): Schemas {
  return compile((schema) => schema)
}

function compile(prepare: (schema: AnySchemaObject) => AnySchemaObject): Schemas {
  const ajv = new Ajv2020({allErrors: true, strict: true, strictRequired: false, strictTypes: false})
  for (const name of SCHEMAS) ajv.addSchema(prepare(readSchema(name)))
  return (name) => {
    const validate = ajv.getSchema(name)
    if (!validate) throw new Error(`no schema ${name}`)
    return validate
  }
}

function readSchema(name: string): AnySchemaObject {
  return JSON.parse(readFileSync(new URL(name, DIR), 'utf8')) as AnySchemaObject
}

/** Closes each object of a schema whose fields are described, unless it says that it has any others. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((item) => closed(item))
  if (typeof schema !== 'object' || schema === null) return schema
  const parts = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, closed(part)]))
  const describes = parts['type'] === 'object' && parts['properties'] !== undefined
  return describes && parts['additionalProperties'] === undefined ? {...parts, additionalProperties: false} : parts
}

/** Fails, and says why, when a value is not what a schema describes. */
export function conform(validate: ValidateFunction, value: unknown): void {
  if (validate(value)) return
  const problems = validate.errors?.map(
    ({instancePath, message, params}) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  )
  throw new Error(`${problems?.join('\n')}\nin ${JSON.stringify(value, undefined, 2)}`)
}
