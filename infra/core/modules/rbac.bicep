metadata description = 'Who may do what: the application per table and per secret, the deployer on the vault.'

@description('Required. Object id of the managed identity of the application.')
param identityPrincipalId string

@description('Required. Storage accounts; the first one holds the blobs of the host.')
param accountNames string[]

@description('Required. Tables of every account.')
param tableNames string[]

@description('Required. Name of the vault.')
param vaultName string

@description('Required. Secrets that the application reads.')
param secretNames string[]

@description('Required. Keys that the application signs with.')
param keyNames string[]

@description('Required. Application Insights component that takes the telemetry.')
param componentName string

@description('Required. Object id of whoever puts the client secret into the vault; empty: nobody.')
param deployerPrincipalId string

@description('Required. Kind of that principal.')
param deployerPrincipalType string

@description('Required. The one secret that the deployer may write; empty where the credential is another.')
param deployerSecretName string

var roles = {
  keyVaultCryptoUser: subscriptionResourceId(
    'Microsoft.Authorization/roleDefinitions',
    '12338af0-0e69-4776-bea7-57ae8d297424'
  )
  keyVaultSecretsOfficer: subscriptionResourceId(
    'Microsoft.Authorization/roleDefinitions',
    'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
  )
  keyVaultSecretsUser: subscriptionResourceId(
    'Microsoft.Authorization/roleDefinitions',
    '4633458b-17de-408a-b874-0445c86b69e6'
  )
  monitoringMetricsPublisher: subscriptionResourceId(
    'Microsoft.Authorization/roleDefinitions',
    '3913510d-42f4-4e42-8a64-420c390055eb'
  )
  storageBlobDataOwner: subscriptionResourceId(
    'Microsoft.Authorization/roleDefinitions',
    'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  )
  storageTableDataContributor: subscriptionResourceId(
    'Microsoft.Authorization/roleDefinitions',
    '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  )
}

var everyTable = flatten(map(
  accountNames,
  account => map(tableNames, table => { account: account, table: table })
))

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: accountNames[0]
}

resource hostBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hostAccount.id, identityPrincipalId, roles.storageBlobDataOwner)
  scope: hostAccount
  properties: {
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.storageBlobDataOwner
  }
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' existing = [
  for entry in everyTable: {
    name: '${entry.account}/default/${entry.table}'
  }
]

resource tableData 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (entry, i) in everyTable: {
    name: guid(tables[i].id, identityPrincipalId, roles.storageTableDataContributor)
    scope: tables[i]
    properties: {
      principalId: identityPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: roles.storageTableDataContributor
    }
  }
]

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource secrets 'Microsoft.KeyVault/vaults/secrets@2024-11-01' existing = [
  for name in secretNames: {
    parent: vault
    name: name
  }
]

resource secretUsers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, i) in secretNames: {
    name: guid(secrets[i].id, identityPrincipalId, roles.keyVaultSecretsUser)
    scope: secrets[i]
    properties: {
      principalId: identityPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: roles.keyVaultSecretsUser
    }
  }
]

resource keys 'Microsoft.KeyVault/vaults/keys@2024-11-01' existing = [
  for name in keyNames: {
    parent: vault
    name: name
  }
]

resource keyUsers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, i) in keyNames: {
    name: guid(keys[i].id, identityPrincipalId, roles.keyVaultCryptoUser)
    scope: keys[i]
    properties: {
      principalId: identityPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: roles.keyVaultCryptoUser
    }
  }
]

resource deployerSecret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' existing = {
  parent: vault
  name: empty(deployerSecretName) ? 'unused' : deployerSecretName
}

// Of this secret alone: whoever deploys can neither read nor replace the session key with it.
resource secretsOfficer 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerPrincipalId) && !empty(deployerSecretName)) {
  name: guid(deployerSecret.id, deployerPrincipalId, roles.keyVaultSecretsOfficer)
  scope: deployerSecret
  properties: {
    principalId: deployerPrincipalId
    principalType: deployerPrincipalType
    roleDefinitionId: roles.keyVaultSecretsOfficer
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource telemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(component.id, identityPrincipalId, roles.monitoringMetricsPublisher)
  scope: component
  properties: {
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.monitoringMetricsPublisher
  }
}
