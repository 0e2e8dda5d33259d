import { createHash, randomUUID } from 'node:crypto'
import { fabrikam } from './defaults.ts'
import type { Tenant } from './directory.ts'

/** A person of the emulated tenant, and what happens when they sign in. */
export interface EntraUser {
  oid: string
  name: string
  /** `preferred_username`. */
  username: string
  email?: string
  roles: string[]
  /** Group ids; more than 200 become an overage claim. */
  groups: string[]
  /** Where a guest's account lives. */
  homeTenant?: Tenant
  needsMfa?: boolean
  /** Refreshing demands the authentication context `c1` (AADSTS50076 with `claims`). */
  refreshNeedsStepUp?: boolean
  needsConsent?: boolean
  /** Not assigned to the app: AADSTS50105. */
  blocked?: boolean
  /** Account disabled: AADSTS50057. */
  disabled?: boolean
  /** Added to the ID token. */
  claims?: Record<string, unknown>
}

/** Shown first on the sign-in page; the others wait behind "More test users". */
export const shownUsers = 6

export const testUsers: EntraUser[] = [
  contosoUser('Ada Admin', 'ada', { roles: ['Admin'] }),
  contosoUser('Rita Reader', 'rita', { roles: ['Reader'] }),
  contosoUser('Nora Noroles', 'nora'),
  contosoUser('Max Mfa', 'max', { needsMfa: true, refreshNeedsStepUp: true }),
  {
    ...contosoUser('Gus Guest', 'gus'),
    username: 'gus@fabrikam.test',
    email: 'gus@fabrikam.test',
    homeTenant: fabrikam,
  },
  contosoUser('Bea Blocked', 'bea', { blocked: true }),
  contosoUser('Greta Groups', 'greta', { groups: groupIds(250) }),
  contosoUser('村上 さくら 🌸', 'sakura', { roles: ['Reader'] }),
  accountOnly('Noel Nomail', 'noel'),
  contosoUser('Cora Consent', 'cora', { needsConsent: true }),
]

/** Finds a user by object id, user name, or the `login_hint` claim of an ID token. */
export function findUser(users: EntraUser[], hint: string): EntraUser | undefined {
  const wanted = hint.toLowerCase()
  return users.find(
    (user) =>
      user.oid === hint || user.username.toLowerCase() === wanted || loginHintOf(user) === hint,
  )
}

/** The opaque `login_hint` claim. */
export function loginHintOf(user: EntraUser): string {
  return `O.${Buffer.from(`login_hint ${user.oid}`).toString('base64url')}`
}

/** What the sign-in page says of a user beside the name. */
export function badgesOf(user: EntraUser): string[] {
  return [
    ...user.roles,
    user.needsMfa && 'needs MFA',
    user.needsConsent && 'needs consent',
    user.homeTenant && 'guest',
    user.blocked && 'not assigned (AADSTS50105)',
    user.disabled && 'disabled (AADSTS50057)',
    user.groups.length > 0 && `${user.groups.length} groups`,
    user.email === undefined && 'no e-mail',
  ].filter((badge) => typeof badge === 'string')
}

/** A user made up on the sign-in page or by a test. */
export function adHocUser(given: Partial<EntraUser> & { username: string }): EntraUser {
  return { oid: randomUUID(), name: given.username, roles: [], groups: [], ...given }
}

function contosoUser(name: string, alias: string, more: Partial<EntraUser> = {}): EntraUser {
  return { ...accountOnly(name, alias), email: `${alias}@contoso.test`, ...more }
}

function accountOnly(name: string, alias: string): EntraUser {
  const username = `${alias}@contoso.test`
  return { oid: stableGuid(username), name, username, roles: [], groups: [] }
}

function groupIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => stableGuid(`group ${index}`))
}

function stableGuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
