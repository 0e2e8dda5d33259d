import { expect, test } from 'vitest'
import { clientAddress } from '../../src/app/client-address.ts'

test.each([
  [null, 1, undefined],
  ['', 1, undefined],
  ['203.0.113.7', 1, '203.0.113.7'],
  ['203.0.113.7:51234', 1, '203.0.113.7'],
  ['1.2.3.4, 203.0.113.7:51234', 1, '203.0.113.7'],
  ['1.2.3.4, 203.0.113.7, 10.0.0.1', 2, '203.0.113.7'],
  ['203.0.113.7', 2, undefined],
  ['2001:db8:1:2:3:4:5:6', 1, '2001:db8:1:2::/64'],
  ['[2001:db8:1:2:3:4:5:6]:443', 1, '2001:db8:1:2::/64'],
  ['2001:db8::1', 1, '2001:db8:0:0::/64'],
  ['2001:0db8:0001::1', 1, '2001:db8:1:0::/64'],
  ['::1', 1, '0:0:0:0::/64'],
  ['fe80::1%eth0', 1, 'fe80:0:0:0::/64'],
  ['::ffff:203.0.113.7', 1, '203.0.113.7'],
  ['[::ffff:203.0.113.7]:443', 1, '203.0.113.7'],
])('of %j with %i hops the client is %j', (forwardedFor, hops, expected) => {
  expect(clientAddress(forwardedFor, hops)).toBe(expected)
})
