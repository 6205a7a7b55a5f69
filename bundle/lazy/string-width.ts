import type StringWidth from 'string-width'

let loaded: typeof StringWidth | undefined

/** `string-width`, loaded when it is first asked: it makes an `Intl.Segmenter`, which takes a third of what Node.js takes to start. */
export default function stringWidth(text: string): number {
  loaded ??= (require('../../node_modules/string-width/index.js') as {default: typeof StringWidth}).default
  return loaded(text)
}
