metadata description = 'Private endpoints of storage and vault, with their DNS zones.'

@description('Required. Azure region.')
param location string

@description('Required. Subnet of the endpoints; zones of this deployment serve its network.')
param subnetId string

@description('Required. Id of the resource group with private DNS zones that exist; empty: zones of this deployment.')
param dnsGroupId string

@description('Required. Storage accounts; the first one also gets an endpoint for blobs.')
param accountNames string[]

@description('Required. Name of the vault.')
param vaultName string

@description('Required. Tags of every resource.')
param tags { *: string }

var networkId = first(split(subnetId, '/subnets/'))

var zoneNames = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  vault: 'privatelink.vaultcore.azure.net'
}

var targets = concat(
  [
    {
      name: 'pe-${vaultName}'
      id: resourceId('Microsoft.KeyVault/vaults', vaultName)
      group: 'vault'
    }
    {
      name: 'pe-${accountNames[0]}-blob'
      id: resourceId('Microsoft.Storage/storageAccounts', accountNames[0])
      group: 'blob'
    }
  ],
  map(accountNames, name => {
    name: 'pe-${name}-table'
    id: resourceId('Microsoft.Storage/storageAccounts', name)
    group: 'table'
  })
)

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for zone in items(empty(dnsGroupId) ? zoneNames : {}): {
    name: zone.value
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (zone, i) in items(empty(dnsGroupId) ? zoneNames : {}): {
    parent: zones[i]
    name: last(split(networkId, '/'))
    location: 'global'
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: networkId }
    }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-07-01' = [
  for target in targets: {
    name: target.name
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: target.group
          properties: {
            privateLinkServiceId: target.id
            groupIds: [target.group]
          }
        }
      ]
    }
  }
]

resource records 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-07-01' = [
  for (target, i) in targets: {
    parent: endpoints[i]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: target.group
          properties: {
            privateDnsZoneId: '${empty(dnsGroupId) ? resourceGroup().id : dnsGroupId}/providers/Microsoft.Network/privateDnsZones/${zoneNames[target.group]}'
          }
        }
      ]
    }
    dependsOn: [zones]
  }
]
