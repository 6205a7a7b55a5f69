/** What a client says of a write that is not to be judged, in plain JSON: for tests that write what is short. */
export const UNJUDGED = {'skip-validate-db?': true}

/** A whole page, in plain JSON. @param uuid with or without `~u` */
export function page(uuid: string, title: string): Record<string, unknown> {
  return {
    'block/created-at': 1_764_000_000_000,
    'block/name': title.toLowerCase(),
    'block/tags': ':logseq.class/Page',
    'block/title': title,
    'block/updated-at': 1_764_000_000_000,
    'block/uuid': uuid.startsWith('~u') ? uuid : `~u${uuid}`,
  }
}
