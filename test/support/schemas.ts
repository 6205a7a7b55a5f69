import {readdirSync, readFileSync} from 'node:fs'
import {Ajv2020, type AnySchemaObject, type ValidateFunction} from 'ajv/dist/2020.js'

const DIR = new URL('../../schemas/', import.meta.url)

/** The names of the published schemas. */
export const SCHEMAS = readdirSync(DIR).filter((name) => name.endsWith('.json'))

/** The published schemas, compiled: strictly, so that a misspelt keyword is an error. */
export function compileSchemas(): (name: string) => ValidateFunction {
  const ajv = new Ajv2020({allErrors: true, strict: true, strictRequired: false, strictTypes: false})
  for (const name of SCHEMAS) ajv.addSchema(JSON.parse(readFileSync(new URL(name, DIR), 'utf8')) as AnySchemaObject)
  return (name) => {
    const validate = ajv.getSchema(name)
    if (!validate) throw new Error(`no schema ${name}`)
    return validate
  }
}

/** Fails, and says why, when a value is not what a schema describes. */
export function conform(validate: ValidateFunction, value: unknown): void {
  if (validate(value)) return
  const problems = validate.errors?.map(
    ({instancePath, message, params}) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  )
  throw new Error(`${problems?.join('\n')}\nin ${JSON.stringify(value, undefined, 2)}`)
}
