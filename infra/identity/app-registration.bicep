metadata description = 'The app registration in Microsoft Entra ID: a confidential client of the platform "Web".'

extension microsoftGraphV1

@description('Required. Alternate key of the registration; another value makes another registration.')
param uniqueName string

@description('Required. What people see when they are asked for consent.')
param displayName string

@description('Required. The origin that browsers see, without a slash at the end.')
param baseUrl string

@description('Required. Further redirect URIs.')
param extraRedirectUris string[]

@description('Required. Whose accounts may sign in.')
@allowed(['AzureADMyOrg', 'AzureADMultipleOrgs', 'AzureADandPersonalMicrosoftAccount'])
param signInAudience string

@description('Required. Whether only users and groups that were assigned to the application may sign in.')
param assignmentRequired bool

@description('Required. Object ids of the owners; empty leaves them as they are.')
param owners string[]

@description('Required. Object id of the managed identity that may stand in for a client secret.')
param federatedPrincipalId string

var microsoftGraph = {
  appId: '00000003-0000-0000-c000-000000000000'
  scopes: {
    email: '64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0'
    offlineAccess: '7427e0e9-2fba-42fe-b0c0-848c9e6a8182'
    openid: '37f7f235-527c-4136-accd-4a02d197296e'
    profile: '14dad69e-099b-42c9-810b-d002981feec1'
    userRead: 'e1fe6dd8-ba31-4d61-89e7-88639da4683d'
  }
}

// Owners are added, never removed: null leaves them alone.
var owning = empty(owners) ? null : { relationships: owners }

resource application 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: signInAudience
  isFallbackPublicClient: false
  owners: owning
  web: {
    homePageUrl: baseUrl
    // Entra wants the address of the landing after sign-out among the redirect URIs.
    redirectUris: union(
      ['${baseUrl}/auth/callback', '${baseUrl}/auth/logout/callback'],
      extraRedirectUris
    )
    logoutUrl: '${baseUrl}/auth/logout/frontchannel'
    implicitGrantSettings: {
      enableAccessTokenIssuance: false
      enableIdTokenIssuance: false
    }
  }
  api: {
    requestedAccessTokenVersion: 2
  }
  optionalClaims: {
    // sid finds the sessions that a front-channel logout ends; login_hint becomes logout_hint;
    // auth_time proves how old a sign-in is where an API asks for a fresh one.
    idToken: [
      { name: 'sid', essential: false }
      { name: 'login_hint', essential: false }
      { name: 'auth_time', essential: false }
    ]
    accessToken: []
    saml2Token: []
  }
  requiredResourceAccess: [
    {
      resourceAppId: microsoftGraph.appId
      resourceAccess: map(objectKeys(microsoftGraph.scopes), name => {
        id: microsoftGraph.scopes[name]
        type: 'Scope'
      })
    }
  ]

  resource managedIdentityCredential 'federatedIdentityCredentials@v1.0' = {
    name: '${application.uniqueName}/bff-managed-identity'
    audiences: ['api://AzureADTokenExchange']
    issuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
    subject: federatedPrincipalId
  }
}

resource servicePrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: application.appId
  appRoleAssignmentRequired: assignmentRequired
  owners: owning
}

@description('Client id of the registration.')
output clientId string = application.appId

@description('Object id of the service principal, where consent and assignments are found.')
output servicePrincipalId string = servicePrincipal.id
