import { beforeEach, expect, test } from 'vitest'
import { type ApiToken, apiTokenColumn, readApiToken } from '../../src/renewal/api-token.ts'
import type { OpenSession } from '../../src/session/session.ts'
import { createSessionWorld } from '../support/sessions.ts'

let session: OpenSession

beforeEach(async () => {
  const world = createSessionWorld()
  session = (await world.open(await world.signIn()))!
})

const token: ApiToken = {
  token: 'secret-token',
  scopes: 'api://a/read api://a/write',
  claims: '',
  replacement: false,
  issuedAt: 1,
  expiresAt: 2,
}
const scopes = ['api://a/read', 'api://a/write']

function holding(column: Record<string, string>): OpenSession {
  return { ...session, row: { ...session.row, sealed: { ...session.row.sealed, ...column } } }
}

test('a token is sealed in a column of its own and read back (D-02)', () => {
  const column = apiTokenColumn(session, 'demo', token)
  expect(Object.keys(column)).toEqual(['api-demo'])
  expect(JSON.stringify(column)).not.toContain('secret-token')
  expect(readApiToken(holding(column), { upstream: 'demo', scopes })).toEqual(token)
})

test('a token of one API opens in no other column (D-16, E-12)', () => {
  const column = apiTokenColumn(session, 'demo', token)
  const moved = holding({ 'api-other': column['api-demo']! })
  expect(readApiToken(moved, { upstream: 'other', scopes })).toBeUndefined()
})

test('a token for other scopes than those of the settings is none (D-16)', () => {
  const held = holding(apiTokenColumn(session, 'demo', token))
  const other = ['api://b/read', 'api://a/write']
  expect(readApiToken(held, { upstream: 'demo', scopes: other })).toBeUndefined()
  expect(readApiToken(held, { upstream: 'demo', scopes: ['api://a/read'] })).toBeUndefined()
})

test('without a token there is none', () => {
  expect(readApiToken(session, { upstream: 'demo', scopes })).toBeUndefined()
  expect(readApiToken(holding({ 'api-demo': '' }), { upstream: 'demo', scopes })).toBeUndefined()
})
