/** How much of one request's work runs at the same time: the sockets are everybody's. */
const parallel = 16

/** What came of work on many items. */
export interface BoundedResult<Result> {
  /** Of the items that were done, in their order. */
  readonly results: readonly Result[]
  readonly faults: readonly unknown[]
}

/**
 * Works on many items, 16 at a time, and past faults: one item must not keep the others from being
 * done. After 16 faults no further one is begun, for whatever is asked is most likely away.
 */
export async function settleBounded<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<BoundedResult<Result>> {
  const results: { readonly index: number; readonly result: Result }[] = []
  const faults: unknown[] = []
  let next = 0
  const worker = async () => {
    while (next < items.length && faults.length < parallel) {
      const index = next++
      try {
        results.push({ index, result: await work(items[index]!) })
      } catch (fault) {
        faults.push(fault)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker))
  return { results: results.sort((a, b) => a.index - b.index).map(({ result }) => result), faults }
}

/** Works on many items, 16 at a time; throws the first fault once the others are done. */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const { results, faults } = await settleBounded(items, work)
  if (faults.length > 0) throw faults[0]
  return results
}
