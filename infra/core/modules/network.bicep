metadata description = 'Virtual network: one subnet for the app, one for private endpoints.'

@description('Required. Azure region.')
param location string

@description('Required. Name of the network.')
param networkName string

@description('Required. Address space; the first /24 is for the app, the second for private endpoints.')
param addressSpace string

@description('Required. Whether everything leaves by one static address.')
param staticOutboundAddress bool

@description('Required. Tags of every resource.')
param tags { *: string }

var appPrefix = cidrSubnet(addressSpace, 24, 0)
var endpointPrefix = cidrSubnet(addressSpace, 24, 1)

resource outboundAddress 'Microsoft.Network/publicIPAddresses@2024-07-01' = if (staticOutboundAddress) {
  name: '${networkName}-out'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static' }
}

resource gateway 'Microsoft.Network/natGateways@2024-07-01' = if (staticOutboundAddress) {
  name: '${networkName}-nat'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIpAddresses: [{ id: outboundAddress.id }] }
}

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
          natGateway: staticOutboundAddress ? { id: gateway.id } : null
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
