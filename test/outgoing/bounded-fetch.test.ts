import { expect, test } from 'vitest'
import { boundCalls } from '../../src/outgoing/bounded-fetch.ts'
import { createAnswer } from '../../src/outgoing/outgoing-answer.ts'
import type { OutgoingFetch } from '../../src/outgoing/outgoing-fetch.ts'

/** A destination that answers when it is told to. */
function slowDestination() {
  const finish: (() => void)[] = []
  const fetch: OutgoingFetch = async () => {
    await new Promise<void>((resolve) => finish.push(resolve))
    return createAnswer(200, [], new Uint8Array())
  }
  return { fetch, finish }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 20))
const busy = { kind: 'busy', sent: false }

test('calls beyond the bound wait, and beyond those that may wait they are refused at once', async () => {
  const { fetch, finish } = slowDestination()
  const bounded = boundCalls(fetch, { atOnce: 2, waiting: 1, waitMs: 60_000 })
  const calls = [bounded('x'), bounded('x'), bounded('x')]
  await expect(bounded('x')).rejects.toMatchObject(busy)
  expect(finish).toHaveLength(2)
  finish[0]!()
  await settle()
  expect(finish).toHaveLength(3)
  finish.forEach((end) => end())
  await Promise.all(calls)
  const next = bounded('x')
  await settle()
  finish[3]!()
  await next
})

test('a call that waits too long is refused, and its place in the queue is free', async () => {
  const { fetch, finish } = slowDestination()
  const bounded = boundCalls(fetch, { atOnce: 1, waiting: 1, waitMs: 10 })
  const first = bounded('x')
  await expect(bounded('x')).rejects.toMatchObject(busy)
  await expect(bounded('x')).rejects.toMatchObject(busy)
  finish[0]!()
  await first
  expect(finish).toHaveLength(1)
})

test('a call that fails gives its place back', async () => {
  let calls = 0
  const failing: OutgoingFetch = async () => {
    calls += 1
    throw new Error('broken')
  }
  const bounded = boundCalls(failing, { atOnce: 1, waiting: 0, waitMs: 0 })
  for (let index = 0; index < 3; index++) await expect(bounded('x')).rejects.toThrow('broken')
  expect(calls).toBe(3)
})
