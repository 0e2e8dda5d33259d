import { EntraError } from './aadsts.ts'
import { contoso, fabrikam } from './defaults.ts'
import type { EntraSettings } from './settings.ts'
import type { Tenant } from './directory.ts'
import type { EntraUser } from './users.ts'

/** The tenant part of a path: one directory, or the endpoint for all of them. */
export interface TenantPath {
  /** As endpoints repeat it: the GUID, `organizations` or `common`. */
  name: string
  /** Undefined for `organizations` and `common`. */
  tenant: Tenant | undefined
}

/** Reads the tenant part of a path. Throws AADSTS90002 for one that does not exist. */
export function resolveTenant(settings: EntraSettings, segment: string): TenantPath {
  const wanted = segment.toLowerCase()
  if (wanted === 'organizations' || wanted === 'common') return { name: wanted, tenant: undefined }
  const tenant = tenantsOf(settings).find(({ id, domain }) => wanted === id || wanted === domain)
  if (tenant === undefined) throw new EntraError(90002, { detail: `Tenant '${segment}'.` })
  return { name: tenant.id, tenant }
}

/** Throws where the app does not exist for this tenant path: AADSTS50194 or AADSTS700016. */
export function requireAppIn(settings: EntraSettings, path: TenantPath): void {
  if (settings.multiTenant || path.name === settings.tenantId) return
  throw new EntraError(path.tenant === undefined ? 50194 : 700016)
}

/** The tenant that issues a user's tokens at this path. Throws AADSTS50020 for a stranger there. */
export function issuingTenant(settings: EntraSettings, path: TenantPath, user: EntraUser): string {
  const home = user.homeTenant?.id ?? settings.tenantId
  if (path.tenant === undefined) return home
  // Guests are users of the app's own tenant as well; nobody is a guest elsewhere.
  if (path.tenant.id === home || path.tenant.id === settings.tenantId) return path.tenant.id
  throw new EntraError(50020, { detail: `User '${user.username}'.` })
}

/** The issuer of a path's tokens; `{tenantid}` stands for the user's tenant at the common endpoints. */
export function issuerOf(origin: string, path: TenantPath): string {
  return `${origin}/${path.tenant?.id ?? '{tenantid}'}/v2.0`
}

function tenantsOf(settings: EntraSettings): Tenant[] {
  return [{ ...contoso, id: settings.tenantId }, fabrikam]
}
