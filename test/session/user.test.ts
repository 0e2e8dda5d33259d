import { expect, test } from 'vitest'
import { userFromClaims, userKey } from '../../src/session/user.ts'

const claims = {
  oid: 'o-1',
  sub: 's-1',
  tid: 't-1',
  name: 'Ada',
  preferred_username: 'ada@contoso.test',
  email: 'ada@mail.test',
  roles: ['Admin', 'Reader'],
  department: 'R&D',
  secret: 'not shown',
}

test('C-15 a user is object id and tenant, whatever name and address say', () => {
  const user = userFromClaims(claims, ['department'])
  expect(user).toEqual({
    id: 'o-1',
    tenantId: 't-1',
    name: 'Ada',
    username: 'ada@contoso.test',
    email: 'ada@mail.test',
    roles: ['Admin', 'Reader'],
    claims: { department: 'R&D' },
  })
  expect(userKey(user)).toBe('t-1|o-1')
})

test.each([[undefined], [''], [7], [null]])(
  'C-15 with an object id of %s the subject is who it is',
  (oid) => {
    expect(userFromClaims({ ...claims, oid }, []).id).toBe('s-1')
  },
)

test('what a provider leaves out, or says in another type, is nothing', () => {
  const bare = { sub: 's-1', tid: 't-1', name: '', preferred_username: 5, email: null }
  expect(userFromClaims(bare, ['department'])).toEqual({
    id: 's-1',
    tenantId: 't-1',
    name: null,
    username: null,
    email: null,
    roles: [],
    claims: {},
  })
  expect(userFromClaims({ ...claims, roles: 'Admin' }, []).roles).toEqual([])
  expect(userFromClaims({ ...claims, roles: ['Admin', 1, null] }, []).roles).toEqual(['Admin'])
})

test('a claim that is shown is an own member, not one that every object has', () => {
  expect(userFromClaims(claims, ['constructor', '__proto__']).claims).toEqual({})
})

test('C-18 an overage is told where the claim is wanted, and nothing of where it leads', () => {
  const names = { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'x' } } }
  const overage = { groups: { overage: true } }
  expect(userFromClaims({ ...claims, ...names }, ['groups']).claims).toEqual(overage)
  expect(userFromClaims({ ...claims, hasgroups: true }, ['groups']).claims).toEqual(overage)
  expect(userFromClaims({ ...claims, hasgroups: 'true' }, ['groups']).claims).toEqual({})
  expect(userFromClaims({ ...claims, hasgroups: true }, ['wids']).claims).toEqual({})
  expect(userFromClaims({ ...claims, ...names }, []).claims).toEqual({})
})
