/** A directory: its id, its domain and its name on pages. */
export interface Tenant {
  id: string
  domain: string
  name: string
}

/** A resource that access tokens can be asked for. */
export interface EntraApi {
  name: string
  /** What its scopes begin with: `api://entra-bff-demo` of `api://entra-bff-demo/access_as_user`. */
  appIdUri: string
  /** `aud` of its access tokens. */
  audience: string
  /** Not `consented`: each user is asked first. */
  scopes: { name: string; consented: boolean }[]
}

/** A token issuer and subject whose tokens the app may use instead of a secret. */
export interface FederatedCredential {
  issuer?: string
  subject: string
  audience: string
}

/** The identity of the machine that the app runs on. */
export interface ManagedIdentity {
  principalId: string
  clientId: string
  /** What `X-IDENTITY-HEADER` must be. */
  header: string
}
