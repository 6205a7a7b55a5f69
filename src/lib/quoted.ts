/** So much of a text that was given is shown, in characters. */
const SHOWN = 200

/** A text as a message shows it: in quotation marks, and cut where it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text)
}
