metadata description = 'Front Door origins and routes: the application by its paths, everything else to the SPA.'

@description('Required. Name of the profile.')
param profileName string

@description('Required. Host name that browsers use.')
param hostName string

@description('Required. Default host name of the function app.')
param appHostName string

@description('Required. Host name of whatever serves the SPA.')
param spaHostName string

@description('Required. Whether there is a route for the SPA.')
param hasSpa bool

var destinations = concat(
  [{ name: 'bff', hostName: appHostName, patterns: ['/auth/*', '/api/*', '/health/*'] }],
  !hasSpa ? [] : [{ name: 'spa', hostName: spaHostName, patterns: ['/*'] }]
)

resource profile 'Microsoft.Cdn/profiles@2025-06-01' existing = {
  name: profileName

  resource endpoint 'afdEndpoints' existing = {
    name: profileName
  }

  resource domain 'customDomains' existing = {
    name: replace(hostName, '.', '-')
  }
}

// Without health probes: they would come from every edge, and a single origin has no stand-in.
resource groups 'Microsoft.Cdn/profiles/originGroups@2025-06-01' = [
  for destination in destinations: {
    parent: profile
    name: destination.name
    properties: {
      loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3 }
      sessionAffinityState: 'Disabled'
    }
  }
]

resource origins 'Microsoft.Cdn/profiles/originGroups/origins@2025-06-01' = [
  for (destination, i) in destinations: {
    parent: groups[i]
    name: destination.name
    properties: {
      hostName: destination.hostName
      originHostHeader: destination.hostName
      httpsPort: 443
      enforceCertificateNameCheck: true
      enabledState: 'Enabled'
    }
  }
]

// No cacheConfiguration: nothing that the application answers may be kept at the edge.
resource routes 'Microsoft.Cdn/profiles/afdEndpoints/routes@2025-06-01' = [
  for (destination, i) in destinations: {
    parent: profile::endpoint
    name: destination.name
    properties: {
      originGroup: { id: groups[i].id }
      patternsToMatch: destination.patterns
      customDomains: [{ id: profile::domain.id }]
      supportedProtocols: ['Http', 'Https']
      httpsRedirect: 'Enabled'
      forwardingProtocol: 'HttpsOnly'
      linkToDefaultDomain: 'Disabled'
      enabledState: 'Enabled'
    }
    dependsOn: [origins[i]]
  }
]
