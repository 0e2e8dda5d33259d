import { PassThrough } from 'node:stream'
import type { ReadStream } from 'node:tty'
import { expect, test } from 'vitest'
import { listenForKeys } from '../../../dev/start/keys.ts'

/** Types into a terminal that is none; returns which actions were taken. */
function type(...typed: string[]): string[] {
  const taken: string[] = []
  const input = Object.assign(new PassThrough(), { setRawMode: () => input })
  const actions = Object.fromEntries(
    ['r', 'o', 'c', 'q'].map((key) => [key, () => void taken.push(key)]),
  )
  const stop = listenForKeys(input as unknown as ReadStream, actions)
  for (const text of typed) input.emit('data', Buffer.from(text))
  stop()
  return taken
}

test('takes single keys in either case, several at once, and Ctrl-C as q', () => {
  expect(type('r', 'O', 'rc', 'x', '\u0003')).toEqual(['r', 'o', 'r', 'c', 'q'])
})

test.each([
  ['right arrow', '\u001b[C'],
  ['F2', '\u001bOQ'],
  ['Alt and c', '\u001bc'],
])('does nothing on %s', (_, typed) => {
  expect(type(typed)).toEqual([])
})
