metadata description = 'Virtual network: one subnet for the app, one for private endpoints.'

@description('Required. Azure region.')
param location string

@description('Required. Name of the network.')
param networkName string

@description('Required. Tags of every resource.')
param tags { *: string }

var addressSpace = '10.71.0.0/22'
var appPrefix = '10.71.0.0/24'
var endpointPrefix = '10.71.1.0/24'

resource appSecurity 'Microsoft.Network/networkSecurityGroups@2024-07-01' = {
  name: '${networkName}-app'
  location: location
  tags: tags
  // Empty: the default rules already let nothing in from the internet and everything out.
  properties: { securityRules: [] }
}

resource endpointSecurity 'Microsoft.Network/networkSecurityGroups@2024-07-01' = {
  name: '${networkName}-pe'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'https-from-network'
        properties: {
          access: 'Allow'
          direction: 'Inbound'
          priority: 100
          protocol: 'Tcp'
          // Peered networks too: from one of them somebody can run azd and renew secrets.
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: endpointPrefix
          destinationPortRange: '443'
        }
      }
      {
        name: 'deny-inbound'
        properties: {
          access: 'Deny'
          direction: 'Inbound'
          priority: 4000
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: networkName
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressSpace] }
    subnets: [
      {
        name: 'snet-app'
        properties: {
          addressPrefix: appPrefix
          networkSecurityGroup: { id: appSecurity.id }
          delegations: [
            {
              name: 'functions'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
        }
      }
      {
        name: 'snet-pe'
        properties: {
          addressPrefix: endpointPrefix
          networkSecurityGroup: { id: endpointSecurity.id }
          defaultOutboundAccess: false
          privateEndpointNetworkPolicies: 'Enabled'
        }
      }
    ]
  }
}
