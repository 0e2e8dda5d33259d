import { expect, test } from 'vitest'
import { mapBounded, settleBounded } from '../../src/base/bounded.ts'

const items = Array.from({ length: 4000 }, (_, index) => index)

test('16 of many items are worked on at a time, and all in the end, in order', async () => {
  let running = 0
  let most = 0
  const results = await mapBounded(items, async (item) => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    return item * 2
  })
  expect(most).toBe(16)
  expect(results).toEqual(items.map((item) => item * 2))
})

test('a fault keeps no other item from being done, and is thrown in the end', async () => {
  const done: number[] = []
  const work = async (item: number) => {
    if (item === 3) throw new Error('three')
    done.push(item)
  }
  await expect(mapBounded(items, work)).rejects.toThrow('three')
  expect(done).toHaveLength(3999)
})

test('after 16 faults nothing more is begun, beside what runs by then', async () => {
  let begun = 0
  const { results, faults } = await settleBounded(items, async () => {
    begun++
    await Promise.resolve()
    throw new Error('away')
  })
  expect(begun).toBeLessThan(32)
  expect([results.length, faults.length]).toEqual([0, begun])
})

test('no item is no work', async () => {
  expect(await mapBounded([], () => Promise.reject(new Error('asked')))).toEqual([])
})
