metadata description = 'A storage account with the tables of the application; the first one also serves the host.'

@description('Required. Azure region.')
param location string

@description('Required. Name of the account: 3-24 lower-case letters and digits.')
@minLength(3)
@maxLength(24)
param accountName string

@description('Required. Redundancy.')
param sku string

@description('Required. Names of the tables; the application has no right to create any.')
param tableNames string[]

@description('Required. Blob containers: that of the deployed package in the first account, none in others.')
param containerNames string[]

@description('Required. Whether the account can be reached from outside the virtual network.')
param publicAccess bool

@description('Required. Tags of every resource.')
param tags { *: string }

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: accountName
  location: location
  kind: 'StorageV2'
  sku: { name: sku }
  tags: tags
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: publicAccess ? 'Allow' : 'Deny'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: 7 }
      containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource containers 'containers' = [
      for name in containerNames: {
        name: name
        properties: { publicAccess: 'None' }
      }
    ]
  }

  resource tableService 'tableServices' = {
    name: 'default'

    resource tables 'tables' = [for name in tableNames: { name: name }]
  }
}
