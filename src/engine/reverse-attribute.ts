import {type Keyword, keyword} from '../values/scalars.js'

/** Returns the attribute `:a/b` of `:a/_b`; undefined for an attribute that is not reverse. */
export function forwardOf({name, namespace}: Keyword): Keyword | undefined {
  return name.length < 2 || !name.startsWith('_') ? undefined : inNamespace(namespace, name.slice(1))
}

/** Returns `:a/_b` for `:a/b`. */
export function reverseOf({name, namespace}: Keyword): Keyword {
  return inNamespace(namespace, `_${name}`)
}

function inNamespace(namespace: null | string, name: string): Keyword {
  return keyword(namespace === null ? name : `${namespace}/${name}`)
}
