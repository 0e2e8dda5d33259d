import { type Deployment, isClosed, ofType, valueAt } from '../deployment.ts'
import { compareAll, type Expectations } from './compare.ts'

/**
 * Says which values of a deployment of layer core are not what they have to be: those that the
 * compiler accepts wrong without a word, and those that keep a door shut.
 */
export function checkLiterals(deployment: Deployment): string[] {
  const access = isClosed(deployment)
    ? { publicNetworkAccess: 'Disabled', defaultAction: 'Deny' }
    : { publicNetworkAccess: 'Enabled', defaultAction: 'Allow' }
  return [
    ...compareAll(deployment, functionApp),
    ...compareAll(deployment, storage(access)),
    ...compareAll(deployment, vault(access)),
    ...compareAll(deployment, monitoring(hasOwnWorkspace(deployment))),
    ...checkSiteConfig(deployment),
    ...checkNames(deployment),
    ...checkChildren(deployment),
  ]
}

const identity = /\/userAssignedIdentities\/id-bff-\w+$/

const functionApp: Expectations = {
  'Microsoft.Web/serverfarms': {
    kind: 'functionapp',
    'sku.name': 'FC1',
    'sku.tier': 'FlexConsumption',
    'properties.reserved': true,
  },
  'Microsoft.Web/sites': {
    name: /^.{2,32}$/,
    kind: 'functionapp,linux',
    'identity.type': 'UserAssigned',
    'tags.azd-service-name': 'bff',
    'properties.httpsOnly': true,
    'properties.clientAffinityEnabled': false,
    // Browsers come from anywhere; behind Front Door the access restrictions decide.
    'properties.publicNetworkAccess': 'Enabled',
    'properties.siteScopedCertificatesEnabled': true,
    'properties.keyVaultReferenceIdentity': identity,
    'properties.functionAppConfig.deployment.storage.type': 'blobContainer',
    'properties.functionAppConfig.deployment.storage.value':
      /^https:\/\/st\w{13}\.blob\.core\.windows\.net\/app-package$/,
    'properties.functionAppConfig.deployment.storage.authentication.type': 'UserAssignedIdentity',
    'properties.functionAppConfig.deployment.storage.authentication.userAssignedIdentityResourceId':
      identity,
    'properties.functionAppConfig.runtime.name': 'node',
    'properties.functionAppConfig.runtime.version': /^(22|24)$/,
    'properties.functionAppConfig.scaleAndConcurrency.instanceMemoryMB': /^(512|2048|4096)$/,
    'properties.functionAppConfig.scaleAndConcurrency.maximumInstanceCount':
      /^([4-9]\d|[1-9]\d\d|1000)$/,
    'properties.functionAppConfig.scaleAndConcurrency.triggers.http.perInstanceConcurrency':
      /^([1-9]\d{0,2}|1000)$/,
    'properties.siteConfig.minTlsVersion': '1.2',
    'properties.siteConfig.scmMinTlsVersion': '1.2',
    // ARM refuses it on Flex Consumption; the publishing policies below switch FTP off.
    'properties.siteConfig.ftpsState': /^undefined$/,
    'properties.siteConfig.http20Enabled': true,
    'properties.siteConfig.remoteDebuggingEnabled': false,
    'properties.siteConfig.cors.allowedOrigins': [],
    'properties.siteConfig.cors.supportCredentials': false,
    'properties.siteConfig.scmIpSecurityRestrictionsUseMain': false,
    // Settings stand in config/appsettings alone; Flex Consumption has no health check path.
    'properties.siteConfig.appSettings': /^undefined$/,
    'properties.siteConfig.healthCheckPath': /^undefined$/,
  },
  'Microsoft.Web/sites/basicPublishingCredentialsPolicies': { 'properties.allow': false },
}

interface Access {
  readonly publicNetworkAccess: string
  readonly defaultAction: string
}

const storage = (access: Access): Expectations => ({
  'Microsoft.Storage/storageAccounts': {
    name: /^[a-z0-9]{3,24}$/,
    kind: 'StorageV2',
    'sku.name': /^Standard_(LRS|ZRS|GRS|GZRS)$/,
    'properties.allowSharedKeyAccess': false,
    'properties.defaultToOAuthAuthentication': true,
    'properties.allowBlobPublicAccess': false,
    'properties.allowCrossTenantReplication': false,
    'properties.minimumTlsVersion': 'TLS1_2',
    'properties.supportsHttpsTrafficOnly': true,
    'properties.publicNetworkAccess': access.publicNetworkAccess,
    'properties.networkAcls.defaultAction': access.defaultAction,
    'properties.networkAcls.bypass': 'None',
  },
  'Microsoft.Storage/storageAccounts/blobServices': {
    'properties.deleteRetentionPolicy.enabled': true,
    'properties.deleteRetentionPolicy.days': 7,
    'properties.containerDeleteRetentionPolicy.enabled': true,
    'properties.containerDeleteRetentionPolicy.days': 7,
  },
  'Microsoft.Storage/storageAccounts/blobServices/containers': {
    'properties.publicAccess': 'None',
  },
})

const vault = (access: Access): Expectations => ({
  'Microsoft.KeyVault/vaults': {
    name: /^[a-zA-Z][a-zA-Z0-9-]{2,23}$/,
    'properties.sku.name': 'standard',
    'properties.enableRbacAuthorization': true,
    'properties.enableSoftDelete': true,
    'properties.softDeleteRetentionInDays': 90,
    // The service refuses false.
    'properties.enablePurgeProtection': /^(true|null)$/,
    'properties.enabledForDeployment': false,
    'properties.enabledForDiskEncryption': false,
    'properties.enabledForTemplateDeployment': false,
    'properties.publicNetworkAccess': access.publicNetworkAccess,
    'properties.networkAcls.defaultAction': access.defaultAction,
    'properties.networkAcls.bypass': 'AzureServices',
  },
  'Microsoft.Insights/diagnosticSettings': {
    id: /\/vaults\/kv-bff-\w+\/providers\//,
    'properties.workspaceId': /\/workspaces\/log-[\w-]+$/,
    'properties.logAnalyticsDestinationType': 'Dedicated',
    'properties.logs': [{ categoryGroup: 'audit', enabled: true }],
  },
})

const ownWorkspace: Expectations = {
  'Microsoft.OperationalInsights/workspaces': {
    'properties.sku.name': 'PerGB2018',
    'properties.retentionInDays': /^([3-9]\d|[1-6]\d\d|7[0-2]\d|730)$/,
    'properties.features.disableLocalAuth': true,
    'properties.workspaceCapping.dailyQuotaGb': /^(-1|[1-9]\d*)$/,
  },
}

const monitoring = (own: boolean): Expectations => ({
  ...(own ? ownWorkspace : {}),
  'Microsoft.Insights/components': {
    kind: 'web',
    'properties.Application_Type': 'web',
    'properties.DisableLocalAuth': true,
    'properties.WorkspaceResourceId': own ? /\/workspaces\/log-bff-\w+$/ : /\/workspaces\/[\w-]+$/,
  },
})

/**
 * Properties of siteConfig that Flex Consumption takes: those that the provider for Terraform sends to
 * it. Another one may be refused by ARM in some regions and ignored in others (error 51021).
 * https://github.com/hashicorp/terraform-provider-azurerm/blob/main/website/docs/r/function_app_flex_consumption.html.markdown
 */
const acceptedByFlex = [
  'cors',
  'http20Enabled',
  'ipSecurityRestrictions',
  'ipSecurityRestrictionsDefaultAction',
  'minTlsVersion',
  'remoteDebuggingEnabled',
  'scmIpSecurityRestrictionsUseMain',
  'scmMinTlsVersion',
]

function checkSiteConfig(deployment: Deployment): string[] {
  return ofType(deployment, 'Microsoft.Web/sites').flatMap((site) =>
    Object.keys(valueAt(site, 'properties.siteConfig') ?? {})
      .filter((name) => !acceptedByFlex.includes(name))
      .map((name) => `siteConfig: Flex Consumption does not take ${name}`),
  )
}

/**
 * Words that a name may not begin with, and others that it may not contain.
 * https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-reserved-resource-name
 */
const reserved = /^(login|xbox)|microsoft|windows/i

function checkNames(deployment: Deployment): string[] {
  return deployment.resources
    .filter(({ type }) => type !== 'Microsoft.Network/privateDnsZones')
    .flatMap(({ name }) => name.split('/').filter((part) => reserved.test(part)))
    .map((part) => `reserved name: ${part}`)
}

function hasOwnWorkspace(deployment: Deployment): boolean {
  return ofType(deployment, 'Microsoft.OperationalInsights/workspaces').length > 0
}

/** Children that have to exist by name: publishing policies, tables, the package's container. */
function checkChildren(deployment: Deployment): string[] {
  const names = (type: string): string[] =>
    ofType(deployment, type).map(({ name }) => name.slice(name.indexOf('/') + 1))
  const accounts = ofType(deployment, 'Microsoft.Storage/storageAccounts').length
  const tables = Array.from({ length: accounts }, () => [
    'default/signIns',
    'default/sessions',
    'default/sessionIndex',
  ]).flat()
  const expected: Record<string, string[]> = {
    'Microsoft.Web/sites/basicPublishingCredentialsPolicies': ['ftp', 'scm'],
    'Microsoft.Storage/storageAccounts/tableServices/tables': tables,
    'Microsoft.Storage/storageAccounts/blobServices/containers': ['default/app-package'],
  }
  return Object.entries(expected)
    .filter(([type, wanted]) => names(type).sort().join() !== wanted.sort().join())
    .map(([type]) => `${type}: ${names(type).join(', ') || 'none'}`)
}
