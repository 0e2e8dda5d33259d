import { expect, test } from 'vitest'
import { createRateLimiter } from '../../src/app/rate-limiter.ts'

function limiterOf(perMinute: number) {
  const clock = { now: 1_800_000_000_000 }
  return { clock, limiter: createRateLimiter(perMinute, () => clock.now) }
}

test('calls over the limit are refused with the seconds until the next one passes (L-01)', () => {
  const { clock, limiter } = limiterOf(3)
  for (let call = 0; call < 3; call++) limiter.count('login', 'a')
  clock.now += 20_000
  expect(() => limiter.count('login', 'a')).toThrowError(
    expect.objectContaining({
      code: 'too_many_requests',
      details: expect.objectContaining({ retryAfterSeconds: 40 }),
    }),
  )
  clock.now += 40_000
  limiter.count('login', 'a')
})

test('endpoints and addresses are counted apart', () => {
  const { limiter } = limiterOf(1)
  limiter.count('login', 'a')
  limiter.count('login', 'b')
  limiter.count('callback', 'a')
  limiter.count('refresh', 'a')
  limiter.count('frontchannel', 'a')
  expect(() => limiter.count('login', 'a')).toThrowError()
})

test('0 turns it off, and without an address there is no limit', () => {
  const off = limiterOf(0).limiter
  const on = limiterOf(1).limiter
  for (let call = 0; call < 100; call++) {
    expect(() => off.count('login', 'a')).not.toThrow()
    expect(() => on.count('login', undefined)).not.toThrow()
  }
})

test('a flood of addresses does not fill the memory: the oldest is forgotten', () => {
  const { limiter } = limiterOf(1)
  limiter.count('login', 'first')
  for (let index = 0; index < 10_000; index++) limiter.count('login', `address-${index}`)
  limiter.count('login', 'first')
  expect(() => limiter.count('login', 'address-9999')).toThrowError()
})
