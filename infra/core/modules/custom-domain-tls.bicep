metadata description = 'Switches TLS on for a domain that is bound.'

@description('Required. Name of the function app.')
param appName string

@description('Required. The domain.')
param hostName string

@description('Required. Thumbprint of its certificate.')
param thumbprint string

resource site 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName
}

resource binding 'Microsoft.Web/sites/hostNameBindings@2024-11-01' = {
  parent: site
  name: hostName
  properties: {
    siteName: appName
    hostNameType: 'Verified'
    sslState: 'SniEnabled'
    thumbprint: thumbprint
  }
}
