/** As much of `@oclif/core/flags` as the commands use: definitions, as plain data. */
type Definition = Record<string, unknown>

const identity = async (text: string) => text

export function boolean(definition: Definition): Definition {
  return {...definition, type: 'boolean'}
}

export function custom(shared: Definition = {}): (definition?: Definition) => Definition {
  return (definition = {}) => ({parse: identity, ...shared, ...definition, type: 'option'})
}

export function option(definition: Definition): (more?: Definition) => Definition {
  return custom(definition)
}

export const string = custom()
