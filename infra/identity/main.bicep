metadata description = 'Layer 1: resource group, managed identity and app registration.'

targetScope = 'subscription'

@description('Required. Name of the environment; names and tags are derived from it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Required. Azure region of the resource group and everything in it.')
@allowed([
  'australiaeast'
  'australiasoutheast'
  'brazilsouth'
  'canadacentral'
  'centralindia'
  'centralus'
  'eastasia'
  'eastus'
  'eastus2'
  'francecentral'
  'germanywestcentral'
  'italynorth'
  'japaneast'
  'koreacentral'
  'northcentralus'
  'northeurope'
  'norwayeast'
  'southafricanorth'
  'southcentralus'
  'southeastasia'
  'southindia'
  'spaincentral'
  'swedencentral'
  'uaenorth'
  'uksouth'
  'ukwest'
  'westcentralus'
  'westeurope'
  'westus'
  'westus2'
  'westus3'
])
@metadata({ azd: { type: 'location' } })
param location string

@description('Optional. The origin that browsers see, for example https://app.example.com, without a path. Empty: the default host name of the function app.')
param publicBaseUrl string = ''

@description('Optional. Client id of a registration that exists; empty creates one.')
param existingClientId string = ''

@description('Optional. Name of the registration, which people see when they are asked for consent. Empty: made of the name of the environment.')
param appDisplayName string = ''

@description('Optional. Further redirect URIs: by default those of a developer\'s machine. [] in production.')
param extraRedirectUris string[] = [
  'http://localhost:7071/auth/callback'
  'http://localhost:7071/auth/logout/callback'
]

@description('Optional. Whose accounts may sign in.')
@allowed(['AzureADMyOrg', 'AzureADMultipleOrgs', 'AzureADandPersonalMicrosoftAccount'])
param signInAudience string = 'AzureADMyOrg'

@description('Optional. Whether only users and groups that were assigned to the application may sign in.')
param assignmentRequired bool = false

@description('Optional. Object ids of who owns the registration and its service principal, comma-separated: a pipeline with Application.ReadWrite.OwnedBy has to be among them.')
param owners string = ''

@description('Optional. Tags of every resource, beside that of azd.')
param tags { *: string } = {}

var token = toLower(uniqueString(subscription().id, environmentName, location))
var groupName = 'rg-${environmentName}'
var identity = 'id-bff-${token}'
// The host's id is the first 32 characters of this name, so that it must stay within them.
var appName = 'func-bff-${token}'
var baseUrl = empty(publicBaseUrl) ? 'https://${appName}.azurewebsites.net' : publicBaseUrl
var allTags = union(tags, { 'azd-env-name': environmentName })

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: groupName
  location: location
  tags: allTags
}

module userAssignedIdentity 'user-assigned-identity.bicep' = {
  scope: group
  params: {
    location: location
    identityName: identity
    tags: allTags
  }
}

module appRegistration 'app-registration.bicep' = if (empty(existingClientId)) {
  scope: group
  params: {
    // scripts/delete-app-registration.ts computes the same name: outputs are gone after azd down.
    uniqueName: 'entra-bff-${subscription().subscriptionId}-${environmentName}'
    displayName: empty(appDisplayName) ? 'entra-bff (${environmentName})' : appDisplayName
    baseUrl: baseUrl
    extraRedirectUris: extraRedirectUris
    signInAudience: signInAudience
    assignmentRequired: assignmentRequired
    owners: empty(owners) ? [] : map(split(owners, ','), owner => trim(owner))
    federatedPrincipalId: userAssignedIdentity.outputs.principalId
  }
}

@description('Resource group of the environment.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Name of the managed identity.')
output IDENTITY_NAME string = identity

@description('Object id of the managed identity.')
output IDENTITY_PRINCIPAL_ID string = userAssignedIdentity.outputs.principalId

@description('Client id of the managed identity.')
output IDENTITY_CLIENT_ID string = userAssignedIdentity.outputs.clientId

@description('Name that the function app will have.')
output FUNCTION_APP_NAME string = appName

@description('The origin that browsers see.')
output BFF_BASE_URL string = baseUrl

@description('Client id of the app registration.')
output ENTRA_CLIENT_ID string = empty(existingClientId)
  ? appRegistration!.outputs.clientId
  : existingClientId
