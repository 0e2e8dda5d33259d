import { expect, test } from 'vitest'
import { retryAfterMs } from '../../src/base/retry-after.ts'

const now = Date.UTC(2026, 0, 1)

test.for([
  ['0', 0],
  ['7', 7_000],
  [' 7 ', 7_000],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
  ['', undefined],
  [null, undefined],
  [undefined, undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['2026', 2_026_000],
  ['2026-01-01', undefined],
  ['99999999999', undefined],
] as const)('%s asks for %s ms', ([header, ms]) => {
  expect(retryAfterMs(header, now)).toBe(ms)
})
