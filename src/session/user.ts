import { isJsonObject } from '../base/json.ts'

/** The signed-in person, as the browser may see them. */
export interface User {
  /** `oid`, else `sub`: the stable identity within the tenant, never an address. */
  readonly id: string
  readonly tenantId: string
  readonly name: string | null
  readonly username: string | null
  readonly email: string | null
  readonly roles: readonly string[]
  /** Further claims named in `USER_CLAIMS`. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** Builds the user from validated ID-token claims. */
export function userFromClaims(
  claims: Readonly<Record<string, unknown>>,
  shownClaims: readonly string[],
): User {
  return {
    id: text(claims['oid']) ?? String(claims['sub']),
    tenantId: String(claims['tid']),
    name: text(claims['name']),
    username: text(claims['preferred_username']),
    email: text(claims['email']),
    roles: strings(claims['roles']),
    claims: Object.fromEntries(
      shownClaims.flatMap((name) => {
        if (Object.hasOwn(claims, name)) return [[name, claims[name]]]
        return isOverage(claims, name) ? [[name, { overage: true }]] : []
      }),
    ),
  }
}

/**
 * Whether the provider left a claim out because it would be too long: `_claim_names` says where else
 * it could be read (learn.microsoft.com/security/zero-trust/develop/configure-tokens-group-claims-app-roles).
 */
function isOverage(claims: Readonly<Record<string, unknown>>, name: string): boolean {
  const elsewhere = claims['_claim_names']
  if (isJsonObject(elsewhere) && Object.hasOwn(elsewhere, name)) return true
  return name === 'groups' && claims['hasgroups'] === true
}

/** The identity key (`tid`, `oid`) that sessions are indexed by; mutable addresses play no part. */
export function userKey(user: Pick<User, 'id' | 'tenantId'>): string {
  return `${user.tenantId}|${user.id}`
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
}
