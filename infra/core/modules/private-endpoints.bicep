metadata description = 'Private endpoints of storage and vault, with their DNS zones.'

@description('Required. Azure region.')
param location string

@description('Required. Virtual network that the zones serve.')
param networkName string

@description('Required. Storage accounts; the first one also gets an endpoint for blobs.')
param accountNames string[]

@description('Required. Name of the vault.')
param vaultName string

@description('Required. Tags of every resource.')
param tags { *: string }

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' existing = {
  name: networkName

  resource subnet 'subnets' existing = {
    name: 'snet-pe'
  }
}

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
  for zone in items(zoneNames): {
    name: zone.value
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (zone, i) in items(zoneNames): {
    parent: zones[i]
    name: networkName
    location: 'global'
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: network.id }
    }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-07-01' = [
  for target in targets: {
    name: target.name
    location: location
    tags: tags
    properties: {
      subnet: { id: network::subnet.id }
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
            privateDnsZoneId: resourceId(
              'Microsoft.Network/privateDnsZones',
              zoneNames[target.group]
            )
          }
        }
      ]
    }
    dependsOn: [zones]
  }
]
