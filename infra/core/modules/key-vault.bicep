metadata description = 'Key Vault with the session key and, in secret mode, the client secret.'

@description('Required. Azure region.')
param location string

@description('Required. Name of the vault: globally unique, reserved while a deleted vault of it is kept.')
@minLength(3)
@maxLength(24)
param vaultName string

@description('Required. Name of the secret with the session key.')
param sessionKeyName string

@description('Required. First session key, base64; not used when the vault has one.')
@secure()
param sessionKey string

@description('Required. Name of the secret with the client secret; empty where the credential is another.')
param clientSecretName string

@description('Required. Client secret of a registration that exists; empty where the azd hook creates it.')
@secure()
param clientSecret string

@description('Required. Whether nobody can purge the vault or its secrets. Cannot be taken back.')
param purgeProtection bool

@description('Required. Whether the vault can be reached from outside the virtual network.')
param publicAccess bool

@description('Required. Id of the Log Analytics workspace of the audit log.')
param workspaceId string

@description('Required. Tags of every resource.')
param tags { *: string }

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: vaultName
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enabledForDeployment: false
    enabledForDiskEncryption: false
    enabledForTemplateDeployment: false
    enableSoftDelete: true
    // Cannot be changed afterwards, purge protection can still be switched on: one value for both.
    softDeleteRetentionInDays: 90
    // The service refuses false.
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      // Resource Manager, which puts the secrets below, is one of these; it still needs its rights.
      bypass: 'AzureServices'
      defaultAction: publicAccess ? 'Allow' : 'Deny'
    }
  }
}

@onlyIfNotExists()
resource sessionKeySecret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: sessionKeyName
  properties: {
    value: sessionKey
    contentType: 'base64, at least 32 bytes'
  }
}

// Exists from the start, so that a role can be assigned on it; disabled until it holds a value.
@onlyIfNotExists()
resource entraClientSecret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(clientSecretName)) {
  parent: vault
  name: empty(clientSecretName) ? 'unused' : clientSecretName
  properties: {
    value: empty(clientSecret) ? 'none-yet' : clientSecret
    contentType: 'client secret of the app registration'
    attributes: { enabled: !empty(clientSecret) }
  }
}

resource auditLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspaceId
    // Tables of the resource's own, AZKVAuditLogs, in place of AzureDiagnostics.
    logAnalyticsDestinationType: 'Dedicated'
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}
