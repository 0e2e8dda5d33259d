import { guidPattern } from '../../settings/formats.ts'

/** Tells whether a value is a GUID, as tenants and applications have them. */
export function isGuid(value: unknown): value is string {
  return typeof value === 'string' && guidPattern.test(value)
}

/**
 * The issuer that a tenant's tokens must name: `{tenantid}` of the metadata replaced by `tid`, which
 * must be a GUID, and the one in the issuer where it holds one
 * (learn.microsoft.com/entra/identity-platform/access-tokens, "Validate the issuer").
 */
export function expectedIssuer(metadataIssuer: string, tid: unknown): string | undefined {
  if (!isGuid(tid)) return undefined
  if (metadataIssuer.includes('{tenantid}')) return metadataIssuer.replaceAll('{tenantid}', tid)
  const inIssuer = metadataIssuer.split('/').find(isGuid)
  return inIssuer === undefined || inIssuer === tid ? metadataIssuer : undefined
}
