metadata description = 'Layer 2: everything that runs, in the resource group of layer 1.'

targetScope = 'subscription'

@description('The settings of the application that nothing here computes; another name is refused.')
@sealed()
type furtherSettings = {
  DEFAULT_RETURN_TO: string?
  ENTRA_ALLOWED_TENANTS: string?
  ENTRA_AUTHORITY_HOST: string?
  ENTRA_SCOPES: string?
  ERROR_URL: string?
  LOGIN_TTL_MINUTES: string?
  MAX_SESSIONS_PER_USER: string?
  RATE_LIMIT_PER_MINUTE: string?
  REFRESH_COOLDOWN_SECONDS: string?
  RESPONSE_MODE: string?
  SESSION_ABSOLUTE_HOURS: string?
  SESSION_IDLE_MINUTES: string?
  SESSION_SAME_SITE: string?
  UPSTREAMS: string?
  USER_CLAIMS: string?
}

@description('Required. Name of the environment; names and tags are derived from it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Required. Azure region.')
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

@description('Required. Resource group, an output of layer 1.')
param resourceGroupName string

@description('Required. Name of the managed identity, an output of layer 1.')
param identityName string

@description('Required. Object id of the managed identity, an output of layer 1.')
param identityPrincipalId string

@description('Required. Client id of the managed identity, an output of layer 1.')
param identityClientId string

@description('Required. Name of the function app, an output of layer 1; at most 32 characters.')
@minLength(2)
@maxLength(32)
param functionAppName string

@description('Required. Client id of the app registration.')
param entraClientId string

@description('Optional. Tenant that signs in: a GUID or domain, or organizations together with ENTRA_ALLOWED_TENANTS in appSettings. Empty: that of the subscription.')
param entraTenantId string = ''

@description('Optional. The origin that browsers see, for example https://app.example.com, without a path. Empty: the default host name of the function app.')
param publicBaseUrl string = ''

@description('Optional. Further origins of the SPA on the same site, comma-separated, for example https://www.example.com.')
param allowedOrigins string = ''

@description('Optional. How the application proves who it is: a secret or certificate in the vault, or the managed identity itself.')
@allowed(['secret', 'federated', 'certificate'])
param clientCredential string = 'secret'

@description('Optional. Client secret of a registration that exists. Used when the vault is made; empty: the azd hook creates one.')
@secure()
param clientSecret string = ''

@description('Optional. What the first session key is made of. Used when the vault has none.')
@secure()
param sessionKeySeed string = '${newGuid()}${newGuid()}'

@description('Optional. Further settings of the application.')
param appSettings furtherSettings = {}

@description('Optional. Node.js version.')
@allowed(['22', '24'])
param nodeVersion string = '22'

@description('Optional. Memory of an instance in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Optional. Most instances at once.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Optional. Instances that always run, against cold starts; they cost by the hour.')
@minValue(0)
@maxValue(20)
param alwaysReadyHttpInstances int = 0

@description('Optional. Requests that an instance takes at once.')
@minValue(1)
@maxValue(1000)
param httpPerInstanceConcurrency int = 64

@description('Optional. Spread instances over availability zones; wants two always-ready instances and ZRS storage.')
param zoneRedundant bool = false

@description('Optional. Close storage and vault to everything but a virtual network of their own.')
param privateNetworking bool = false

@description('Optional. Forbid everyone to purge the vault. Cannot be taken back; false in throwaway environments.')
param keyVaultPurgeProtection bool = true

@description('Optional. Redundancy of storage.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_LRS'

@description('Optional. Storage accounts that sessions are spread over. Only ever raise it: live sessions keep theirs.')
@minValue(1)
@maxValue(16)
param storageAccountCount int = 1

@description('Optional. Put Front Door before application and SPA, on the host of publicBaseUrl, and lock the application to it.')
param frontDoor bool = false

@description('Optional. Host name of whatever serves the SPA: where Front Door sends all other paths.')
param spaHostName string = ''

@description('Optional. Region of a Static Web App for the SPA behind Front Door; empty: spaHostName is somewhere else.')
@allowed(['', 'centralus', 'eastasia', 'eastus2', 'westeurope', 'westus2'])
param staticWebAppRegion string = ''

@description('Optional. Requests that one client address may send to Front Door a minute; 0: no firewall policy.')
@minValue(0)
param frontDoorRequestsPerMinute int = 3000

@description('Optional. A domain of one\'s own on the function app itself, without Front Door.')
param customHostName string = ''

@description('Optional. Whether an earlier deployment bound customHostName: binding it again drops TLS for a moment.')
param customHostNameBound bool = false

@description('Optional. Object id of whoever runs the azd hook that puts the client secret into the vault.')
param deployerPrincipalId string = ''

@description('Optional. Kind of that principal.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param deployerPrincipalType string = 'User'

@description('Optional. Address space of the virtual network, a /22 or larger; its first two /24 are used.')
param networkAddressSpace string = '10.71.0.0/22'

@description('Optional. Subnet of outgoing traffic of a network that exists, delegated to Microsoft.App/environments; with endpointSubnetId and privateNetworking.')
param appSubnetId string = ''

@description('Optional. Subnet of a network that exists for the private endpoints; with appSubnetId.')
param endpointSubnetId string = ''

@description('Optional. Resource group, by id, of private DNS zones that exist; empty: zones of this deployment.')
param privateDnsGroupId string = ''

@description('Optional. One static address for everything that the application sends, by a NAT gateway; with privateNetworking and its own network.')
param staticOutboundAddress bool = false

@description('Optional. Where the Functions host keeps its keys, which it asks for when a query has a code: blob or files.')
@allowed(['blob', 'files'])
param hostKeyStorage string = 'blob'

@description('Optional. Tags of every resource, beside those of azd.')
param tags { *: string } = {}

@description('Optional. E-mail address for alerts; empty: no alerts.')
param alertEmail string = ''

@description('Optional. Budget of the resource group a month, in the currency of the subscription; 0: none. Wants alertEmail and budgetStart.')
@minValue(0)
param monthlyBudget int = 0

@description('Optional. First day of the month in which the budget is made, for example 2026-12-01; it stays as it is.')
param budgetStart string = ''

@description('Optional. Log Analytics workspace that exists, by id; empty: one of this deployment.')
param existingWorkspaceId string = ''

@description('Optional. Days that logs are kept; the first 30 cost nothing more.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Optional. Gigabytes of logs a day after which ingestion pauses until the next; -1: no cap.')
param dailyLogQuotaGb int = 1

var names = {
  component: 'appi-bff-${token}'
  frontDoor: 'afd-bff-${token}'
  network: 'vnet-bff-${token}'
  packageContainer: 'app-package'
  plan: 'plan-bff-${token}'
  staticWebApp: 'stapp-bff-${token}'
  vault: 'kv-bff-${token}'
  workspace: 'log-bff-${token}'
}
var token = toLower(uniqueString(subscription().id, environmentName, location))
var allTags = union(tags, { 'azd-env-name': environmentName })
var ownNetwork = privateNetworking && empty(appSubnetId)
var ownSubnets = {
  app: resourceId(
    subscription().subscriptionId,
    resourceGroupName,
    'Microsoft.Network/virtualNetworks/subnets',
    names.network,
    'snet-app'
  )
  endpoints: resourceId(
    subscription().subscriptionId,
    resourceGroupName,
    'Microsoft.Network/virtualNetworks/subnets',
    names.network,
    'snet-pe'
  )
}
var workspaceId = empty(existingWorkspaceId)
  ? resourceId(
      subscription().subscriptionId,
      resourceGroupName,
      'Microsoft.OperationalInsights/workspaces',
      names.workspace
    )
  : existingWorkspaceId

// The longest body that an upstream takes; one without a word about it takes 10 MiB.
var defaultBodyBytes = 10485760
var bodyBytes = map(
  items(json(appSettings.?UPSTREAMS ?? '{}')),
  upstream => int(upstream.value.?maxBodyBytes ?? defaultBodyBytes)
)
var requestBodyBytes = max(concat([defaultBodyBytes], bodyBytes))

// The first one never changes its name, so that a raised count only adds accounts.
var accountNames = [
  for i in range(0, storageAccountCount): i == 0 ? 'st${token}' : 'st${token}${padLeft(i, 2, '0')}'
]
var tableNames = ['signIns', 'sessions', 'sessionIndex']
var tableEndpoints = map(
  accountNames,
  name => 'https://${name}.table.${environment().suffixes.storage}'
)

var credentialNames = {
  certificate: 'entra-client-certificate'
  secret: 'entra-client-secret'
  sessionKey: 'session-key'
}
var credentialSecrets = {
  certificate: [credentialNames.certificate]
  federated: []
  secret: [credentialNames.secret]
}

var publicHost = frontDoor && empty(publicBaseUrl)
  ? fail('frontDoor needs publicBaseUrl, whose host becomes its custom domain')
  : replace(publicBaseUrl, 'https://', '')
var baseUrl = empty(publicBaseUrl) ? 'https://${functionAppName}.azurewebsites.net' : publicBaseUrl

var computedSettings = {
  CLIENT_CERTIFICATE_NAME: credentialNames.certificate
  CLIENT_CREDENTIAL: clientCredential
  CLIENT_SECRET_NAME: credentialNames.secret
  ENTRA_CLIENT_ID: entraClientId
  ENTRA_TENANT_ID: empty(entraTenantId) ? tenant().tenantId : entraTenantId
  FORWARDED_HOPS: frontDoor ? '2' : '1'
  KEY_VAULT_URL: 'https://${names.vault}${environment().suffixes.keyvaultDns}'
  PUBLIC_URL: baseUrl
  SESSION_KEY_NAME: credentialNames.sessionKey
  TABLES_ENDPOINT: join(tableEndpoints, ',')
}
var originSettings = empty(allowedOrigins) ? {} : { ALLOWED_ORIGINS: allowedOrigins }

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' existing = {
  name: resourceGroupName
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    location: location
    workspaceName: names.workspace
    ownWorkspace: empty(existingWorkspaceId)
    workspaceId: workspaceId
    componentName: names.component
    dailyQuotaGb: dailyLogQuotaGb
    retentionDays: logRetentionDays
    tags: allTags
  }
}

module storage 'modules/storage.bicep' = [
  for (name, i) in accountNames: {
    scope: group
    params: {
      location: location
      accountName: name
      sku: storageSku
      tableNames: tableNames
      containerNames: i == 0 ? [names.packageContainer] : []
      publicAccess: !privateNetworking
      tags: allTags
    }
  }
]

module keyVault 'modules/key-vault.bicep' = {
  scope: group
  params: {
    location: location
    vaultName: names.vault
    sessionKeyName: credentialNames.sessionKey
    sessionKey: base64(sessionKeySeed)
    clientSecretName: clientCredential == 'secret' ? credentialNames.secret : ''
    clientSecret: clientSecret
    purgeProtection: keyVaultPurgeProtection
    publicAccess: !privateNetworking
    workspaceId: workspaceId
    tags: allTags
  }
  dependsOn: [monitoring]
}

module rbac 'modules/rbac.bicep' = {
  scope: group
  params: {
    identityPrincipalId: identityPrincipalId
    accountNames: accountNames
    tableNames: tableNames
    vaultName: names.vault
    secretNames: concat([credentialNames.sessionKey], credentialSecrets[clientCredential])
    keyNames: clientCredential == 'certificate' ? [credentialNames.certificate] : []
    componentName: names.component
    deployerPrincipalId: deployerPrincipalId
    deployerPrincipalType: deployerPrincipalType
    deployerSecretName: clientCredential == 'secret' ? credentialNames.secret : ''
  }
  dependsOn: [monitoring, storage, keyVault]
}

module network 'modules/network.bicep' = if (ownNetwork) {
  scope: group
  params: {
    location: location
    networkName: names.network
    addressSpace: networkAddressSpace
    staticOutboundAddress: staticOutboundAddress
    tags: allTags
  }
}

module privateEndpoints 'modules/private-endpoints.bicep' = if (privateNetworking) {
  scope: group
  params: {
    location: location
    subnetId: empty(endpointSubnetId) ? ownSubnets.endpoints : endpointSubnetId
    dnsGroupId: privateDnsGroupId
    accountNames: accountNames
    vaultName: names.vault
    tags: allTags
  }
  dependsOn: [network, storage, keyVault]
}

module frontDoorProfile 'modules/front-door.bicep' = if (frontDoor) {
  scope: group
  params: {
    profileName: names.frontDoor
    hostName: publicHost
    requestsPerMinute: frontDoorRequestsPerMinute
    tags: allTags
  }
}

module staticWebApp 'modules/static-web-app.bicep' = if (!empty(staticWebAppRegion)) {
  scope: group
  params: {
    location: frontDoor
      ? staticWebAppRegion
      : fail('staticWebAppRegion needs frontDoor: on two hosts of Azure no session cookie travels')
    appName: names.staticWebApp
    tags: allTags
  }
}

module functionApp 'modules/function-app.bicep' = {
  scope: group
  params: {
    location: location
    appName: functionAppName
    planName: names.plan
    identityName: identityName
    identityClientId: identityClientId
    accountName: accountNames[0]
    hostKeyStorage: hostKeyStorage
    requestBodyBytes: requestBodyBytes
    packageContainerName: names.packageContainer
    componentName: names.component
    appSettings: union(appSettings, computedSettings, originSettings)
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyHttpInstances: alwaysReadyHttpInstances
    httpPerInstanceConcurrency: httpPerInstanceConcurrency
    zoneRedundant: zoneRedundant
    uniqueDefaultHostName: !empty(publicBaseUrl)
    subnetId: privateNetworking ? (ownNetwork ? ownSubnets.app : appSubnetId) : ''
    behindFrontDoor: frontDoor
    frontDoorId: frontDoor ? frontDoorProfile!.outputs.frontDoorId : ''
    tags: allTags
  }
  dependsOn: [rbac, network, privateEndpoints]
}

module frontDoorRoutes 'modules/front-door-routes.bicep' = if (frontDoor) {
  scope: group
  params: {
    profileName: names.frontDoor
    hostName: publicHost
    appHostName: functionApp.outputs.defaultHostName
    spaHostName: empty(staticWebAppRegion) ? spaHostName : staticWebApp!.outputs.defaultHostName
    hasSpa: !empty(spaHostName) || !empty(staticWebAppRegion)
  }
}

module customDomain 'modules/custom-domain.bicep' = if (!empty(customHostName)) {
  scope: group
  params: {
    location: location
    appName: functionAppName
    hostName: customHostName
    bound: customHostNameBound
  }
  dependsOn: [functionApp]
}

module workbook 'modules/workbook.bicep' = if (!empty(alertEmail)) {
  scope: group
  params: {
    location: location
    componentName: names.component
    tags: allTags
  }
  dependsOn: [monitoring]
}

module alerts 'modules/alerts.bicep' = if (!empty(alertEmail)) {
  scope: group
  params: {
    location: location
    email: alertEmail
    componentName: names.component
    workspaceId: workspaceId
    vaultName: names.vault
    accountNames: accountNames
    baseUrl: baseUrl
    appName: functionAppName
    tags: allTags
  }
  dependsOn: [monitoring, keyVault, storage]
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0) {
  scope: group
  params: {
    amount: monthlyBudget
    startDate: empty(budgetStart)
      ? fail('monthlyBudget needs budgetStart, the first day of this month')
      : budgetStart
    email: empty(alertEmail) ? fail('monthlyBudget needs alertEmail') : alertEmail
  }
}

@description('Name of the vault.')
output KEY_VAULT_NAME string = names.vault

@description('Address of the vault.')
output KEY_VAULT_URL string = computedSettings.KEY_VAULT_URL

@description('Tenant that signs in.')
output ENTRA_TENANT_ID string = computedSettings.ENTRA_TENANT_ID

@description('Table endpoints, comma-separated, in the order that sessions rely on.')
output TABLES_ENDPOINT string = computedSettings.TABLES_ENDPOINT

@description('Host name that Azure gave the function app: the target of a CNAME record without Front Door.')
output DEFAULT_HOST_NAME string = functionApp.outputs.defaultHostName

@description('Value of the asuid TXT record for customHostName.')
output DOMAIN_VERIFICATION_ID string = functionApp.outputs.domainVerificationId

@description('Name of the Static Web App, to deploy the SPA to.')
output STATIC_WEB_APP_NAME string = empty(staticWebAppRegion) ? '' : names.staticWebApp

@description('Id of the Front Door profile, which the Static Web App asks for.')
output FRONT_DOOR_ID string = frontDoor ? frontDoorProfile!.outputs.frontDoorId : ''

@description('Target of the CNAME record with Front Door.')
output FRONT_DOOR_HOST_NAME string = frontDoor ? frontDoorProfile!.outputs.endpointHostName : ''

@description('Value of the _dnsauth TXT record with Front Door.')
output FRONT_DOOR_DNS_TXT string = frontDoor ? frontDoorProfile!.outputs.domainVerification : ''
