import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  fromSealedColumns,
  numberColumn,
  numberOf,
  textOf,
  toSealedColumns,
} from '../../src/azure/columns.ts'

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/)
const text = fc
  .tuple(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 100_000 }))
  .map(([unit, length]) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length))

test('whatever is spread over columns comes back', () => {
  fc.assert(
    fc.property(fc.dictionary(name, text, { maxKeys: 4 }), (sealed) => {
      expect(fromSealedColumns(toSealedColumns(sealed))).toEqual({ ...sealed })
    }),
    { numRuns: 50 },
  )
})

test('column names are ones that the service takes, values no longer than it holds', () => {
  fc.assert(
    fc.property(name, text, (key, value) => {
      for (const [column, part] of Object.entries(toSealedColumns({ [key]: value }))) {
        expect(column).toMatch(/^[A-Za-z_]\w{0,254}$/)
        expect(String(part).length).toBeLessThanOrEqual(32_000)
      }
    }),
    { numRuns: 50 },
  )
})

test('a merged shorter text hides the chunks of the longer one', () => {
  const merged = {
    ...toSealedColumns({ session: 'x'.repeat(70_000), other: 'kept' }),
    ...toSealedColumns({ session: 'short' }),
  }

  expect(fromSealedColumns(merged)).toEqual({ session: 'short', other: 'kept' })
})

test('an emptied text is absent, and its first chunk is overwritten', () => {
  expect(toSealedColumns({ session: '' })).toEqual({ n_session: 0, s0_session: '' })
  expect(fromSealedColumns({ n_session: 0, s0_session: '' })).toEqual({})
})

test.each([
  { n_session: 2, s0_session: 'one' },
  { n_session: 1, s0_session: 7 },
  { n_session: '1', s0_session: 'text' },
  { n_session: 1e9, s0_session: 'text' },
  { n_session: -1, s0_session: 'text' },
  { n___proto__: 1, s0___proto__: 'text' },
  { s0_session: 'text' },
])('a stranger’s columns %j hold nothing', (columns) => {
  expect(fromSealedColumns(columns)).toEqual({})
})

test('numbers are read as the service gives them, and nothing else counts as one', () => {
  expect(numberColumn(1_780_315_200_123)).toEqual({ type: 'Double', value: 1_780_315_200_123 })
  expect(numberOf({ exp: 1_780_315_200_123n }, 'exp')).toBe(1_780_315_200_123)
  expect(numberOf({ exp: 5 }, 'exp')).toBe(5)
  for (const exp of [undefined, null, '5', 1.5, Number.NaN, 2n ** 62n, {}, new Date()])
    expect(numberOf({ exp }, 'exp')).toBeUndefined()
  expect(textOf({ sid: { type: 'Guid' } }, 'sid')).toBe('')
})
