import type { AuthoritySettings } from '../settings/settings.ts'

/**
 * Tells whether accounts of a tenant may sign in. Without a list the tenant of the authority alone
 * decides, which the issuer of the ID token has proven.
 */
export function isTenantAllowed(
  tid: string,
  { allowedTenants }: Pick<AuthoritySettings, 'allowedTenants'>,
): boolean {
  return (
    allowedTenants === undefined || allowedTenants === '*' || allowedTenants.has(tid.toLowerCase())
  )
}
