import type { EntraApi, FederatedCredential, ManagedIdentity, Tenant } from './directory.ts'

/** The tenant of the local stack; `contoso.test` in a path means the same. */
export const contoso: Tenant = {
  id: 'c0470050-1111-4111-8111-000000000001',
  domain: 'contoso.test',
  name: 'Contoso',
}

/** The home tenant of the guest, where the app answers only when it is multi-tenant. */
export const fabrikam: Tenant = {
  id: 'fab01ca0-2222-4222-8222-000000000002',
  domain: 'fabrikam.test',
  name: 'Fabrikam',
}

/** Application (client) id of the app that signs people in. */
export const clientId = 'a9900000-3333-4333-8333-000000000003'

/** Its only secret; the characters are those that Entra's own secrets have. */
export const clientSecret = 'local~stack.secret_that-only.the-emulator~takes'

/** Entra ignores the port of `localhost`, and so do these. */
export const redirectUris = [
  'http://localhost:7071/auth/callback',
  'http://localhost:7071/auth/logout/callback',
]

export const frontChannelLogoutUrl = 'http://localhost:7071/auth/logout/frontchannel'

/** The demo API: `aud` of its access tokens is `audience`, as in every v2.0 token. */
export const demoApi: EntraApi = {
  name: 'Demo API',
  appIdUri: 'api://entra-bff-demo',
  audience: 'a9100000-4444-4444-8444-000000000004',
  scopes: [
    { name: 'access_as_user', consented: true },
    { name: 'Orders.Read', consented: true },
    { name: 'Orders.Write', consented: false },
  ],
}

/** Microsoft Graph as far as tokens go; scopes without a resource are its own. */
export const graphApi: EntraApi = {
  name: 'Microsoft Graph',
  appIdUri: 'https://graph.microsoft.com',
  audience: '00000003-0000-0000-c000-000000000000',
  scopes: [
    { name: 'User.Read', consented: true },
    { name: 'Mail.Read', consented: false },
  ],
}

/** The managed identity that `GET /msi/token` speaks for, and the header value that it demands. */
export const managedIdentity: ManagedIdentity = {
  principalId: 'b0750000-5555-4555-8555-000000000005',
  clientId: 'b0760000-6666-4666-8666-000000000006',
  header: 'local-identity-header',
}

/** Trusts the managed identity's tokens as client assertions; an absent issuer means the tenant's. */
export const federatedCredentials: FederatedCredential[] = [
  { subject: managedIdentity.principalId, audience: 'api://AzureADTokenExchange' },
]
