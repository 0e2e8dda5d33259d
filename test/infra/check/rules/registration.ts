import { type Deployment, ofType, valueAt } from '../deployment.ts'
import { compareAll } from './compare.ts'

const owners = ['88888888-8888-4888-8888-888888888888', '99999999-9999-4999-8999-999999999999']

const application = 'Microsoft.Graph/applications@v1.0'

/** Says where the app registration is not that of a confidential client of the platform "Web". */
export function checkRegistration(deployment: Deployment): string[] {
  const baseUrl = String(deployment.outputs['BFF_BASE_URL'])
  const escaped = baseUrl.replaceAll('.', '\\.')
  return [
    ...compareAll(deployment, {
      [application]: {
        'properties.uniqueName': /^entra-bff-[\w-]{36}-identity$/,
        'properties.signInAudience': 'AzureADMyOrg',
        'properties.isFallbackPublicClient': false,
        'properties.owners.relationships': owners,
        'properties.spa': /^undefined$/,
        'properties.publicClient': /^undefined$/,
        'properties.web.redirectUris': new RegExp(
          `^${escaped}/auth/callback,${escaped}/auth/logout/callback(,|$)`,
        ),
        'properties.web.logoutUrl': `${baseUrl}/auth/logout/frontchannel`,
        'properties.web.implicitGrantSettings.enableAccessTokenIssuance': false,
        'properties.web.implicitGrantSettings.enableIdTokenIssuance': false,
        'properties.api.requestedAccessTokenVersion': 2,
        'properties.optionalClaims.idToken': [
          { name: 'sid', essential: false },
          { name: 'login_hint', essential: false },
          { name: 'auth_time', essential: false },
        ],
      },
      'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0': {
        'properties.name': /\/bff-managed-identity$/,
        'properties.audiences': ['api://AzureADTokenExchange'],
        'properties.issuer': /^https:\/\/login\.microsoftonline\.com\/[\w-]{36}\/v2\.0$/,
      },
      'Microsoft.Graph/servicePrincipals@v1.0': {
        'properties.appRoleAssignmentRequired': false,
        // With OwnedBy a pipeline has to own both, or it may not touch the service principal.
        'properties.owners.relationships': owners,
      },
    }),
    ...checkPermissions(deployment),
  ]
}

/** Delegated permissions of Microsoft Graph that are asked for: what a sign-in needs, and User.Read. */
const scopes = [
  '37f7f235-527c-4136-accd-4a02d197296e', // openid
  '14dad69e-099b-42c9-810b-d002981feec1', // profile
  '64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0', // email
  '7427e0e9-2fba-42fe-b0c0-848c9e6a8182', // offline_access
  'e1fe6dd8-ba31-4d61-89e7-88639da4683d', // User.Read
]

function checkPermissions(deployment: Deployment): string[] {
  const resource = ofType(deployment, application)[0]
  const access = (resource && valueAt(resource, 'properties.requiredResourceAccess')) as
    { resourceAppId: string; resourceAccess: { id: string; type: string }[] }[] | undefined
  const asked = access?.flatMap(({ resourceAppId, resourceAccess }) =>
    resourceAccess.map(({ id, type }) => `${resourceAppId} ${type} ${id}`),
  )
  const expected = scopes.map((id) => `00000003-0000-0000-c000-000000000000 Scope ${id}`)
  return asked?.sort().join() === expected.sort().join() ? [] : [`permissions: ${asked?.join()}`]
}
