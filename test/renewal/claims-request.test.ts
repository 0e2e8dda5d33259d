import { expect, test } from 'vitest'
import { withContinuousAccess } from '../../src/renewal/claims-request.ts'

const capability = { xms_cc: { values: ['cp1'] } }

test('the capability stands alone, or beside what is asked for (N-07)', () => {
  expect(JSON.parse(withContinuousAccess(undefined))).toEqual({ access_token: capability })
  const asked = { access_token: { nbf: { value: '1' } }, id_token: { acr: null } }
  expect(JSON.parse(withContinuousAccess(JSON.stringify(asked)))).toEqual({
    access_token: { ...asked.access_token, ...capability },
    id_token: asked.id_token,
  })
})

test('claims of another form go back as they came', () => {
  for (const text of ['', 'nonsense', '[]', '"x"', 'null'])
    expect(withContinuousAccess(text)).toBe(text)
  expect(JSON.parse(withContinuousAccess('{"access_token":null}'))).toEqual({
    access_token: capability,
  })
})
