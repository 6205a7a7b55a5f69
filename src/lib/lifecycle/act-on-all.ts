import {setImmediate as nextTurn} from 'node:timers/promises'

/**
 * Acts on all items concurrently. What fails because no descriptor is left is done again, one by one, when the others are done and
 * have closed their connections.
 * @param lacksDescriptor returns true for the result of an item that failed for this reason
 * @returns the results, in the order of the items
 */
export async function actOnAll<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
  lacksDescriptor: (result: Result) => boolean,
): Promise<Result[]> {
  const results = await Promise.all(items.map((item) => act(item)))
  for (const [i, item] of items.entries()) {
    if (!lacksDescriptor(results[i]!)) continue
    await nextTurn() // closed connections are destroyed in a turn of the event loop
    results[i] = await act(item)
  }

  return results
}
