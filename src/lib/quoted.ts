/** Maximum length of quoted text, in characters. */
const SHOWN = 200

/** Quotes a text for a message, and shortens it if it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text)
}
