metadata description = 'A domain of one\'s own on the function app, with a certificate that Azure renews.'

@description('Required. Azure region.')
param location string

@description('Required. Name of the function app.')
param appName string

@description('Required. The domain; its CNAME and asuid TXT records have to exist.')
param hostName string

@description('Required. Whether the domain was bound by an earlier deployment: binding it again drops TLS for a moment.')
param bound bool

resource site 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName
}

resource binding 'Microsoft.Web/sites/hostNameBindings@2024-11-01' = if (!bound) {
  parent: site
  name: hostName
  properties: {
    siteName: appName
    hostNameType: 'Verified'
    sslState: 'Disabled'
  }
}

resource certificate 'Microsoft.Web/sites/certificates@2024-11-01' = {
  parent: site
  name: hostName
  location: location
  properties: { canonicalName: hostName }
  dependsOn: [binding]
}

// The same binding again, which one template cannot declare twice.
module tls 'custom-domain-tls.bicep' = {
  params: {
    appName: appName
    hostName: hostName
    thumbprint: certificate.properties.thumbprint
  }
}
