import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasDuplicateMembers } from '../../../src/oauth/id-token/id-token-text.ts'

const cases: [string, boolean][] = [
  ['{}', false],
  ['{"a":1,"b":2}', false],
  ['{"a":1,"a":2}', true],
  ['{"a":1,"b":{"a":1}}', false],
  ['{"b":{"a":1,"a":1}}', true],
  ['{"a":{"x":1},"a":{"y":1}}', true],
  ['[{"a":1},{"a":1}]', false],
  ['{"a":["a","a"],"b":"a"}', false],
  ['{"a":1,"\\u0061":2}', true],
  ['{"a\\"":1,"a":2}', false],
  ['{"a" : 1, "a" : 2}', true],
  ['{"a":"{\\"a\\":1,\\"a\\":2}"}', false],
  ['{"a":"\\\\","a":1}', true],
  ['{"__proto__":1,"__proto__":2}', true],
  ['{"__proto__":1,"constructor":2}', false],
]

test.each(cases)('C-14 %s has a member twice: %s', (json, expected) => {
  JSON.parse(json)
  expect(hasDuplicateMembers(json)).toBe(expected)
})

test('C-14 what JSON.stringify writes never has a member twice', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      expect(hasDuplicateMembers(JSON.stringify(value, undefined, space))).toBe(false)
    }),
  )
})

test('C-14 a member given twice is found wherever it is', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (object, name) => {
      const member = `${JSON.stringify(name)}:0`
      const members = Object.entries({ ...object, [name]: 1 }).map(
        ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
      )
      expect(hasDuplicateMembers(`[{"x":{${[...members, member].join(',')}}}]`)).toBe(true)
    }),
  )
})
