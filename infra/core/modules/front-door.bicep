metadata description = 'Front Door profile and endpoint; its routes follow when the function app has a host name.'

@description('Required. Name of the profile.')
param profileName string

@description('Required. Host name that browsers use.')
param hostName string

@description('Required. Requests that one client address may send a minute; 0: no firewall policy.')
param requestsPerMinute int

@description('Required. Tags of every resource.')
param tags { *: string }

resource profile 'Microsoft.Cdn/profiles@2025-06-01' = {
  name: profileName
  location: 'global'
  tags: tags
  sku: { name: 'Standard_AzureFrontDoor' }
  properties: {
    // The longest upstream time-out of the application is 200 s.
    originResponseTimeoutSeconds: 240
  }

  resource endpoint 'afdEndpoints' = {
    name: profileName
    location: 'global'
    tags: tags
    properties: { enabledState: 'Enabled' }
  }

  resource domain 'customDomains' = {
    name: replace(hostName, '.', '-')
    properties: {
      hostName: hostName
      tlsSettings: {
        certificateType: 'ManagedCertificate'
        minimumTlsVersion: 'TLS12'
      }
    }
  }
}

resource firewall 'Microsoft.Network/FrontDoorWebApplicationFirewallPolicies@2025-10-01' = if (requestsPerMinute > 0) {
  name: 'waf${uniqueString(resourceGroup().id, profileName)}'
  location: 'global'
  tags: tags
  sku: { name: 'Standard_AzureFrontDoor' }
  properties: {
    policySettings: { enabledState: 'Enabled', mode: 'Prevention' }
    customRules: {
      rules: [
        {
          name: 'RequestsPerMinute'
          enabledState: 'Enabled'
          ruleType: 'RateLimitRule'
          priority: 100
          action: 'Block'
          rateLimitDurationInMinutes: 1
          rateLimitThreshold: requestsPerMinute
          matchConditions: [
            {
              matchVariable: 'RequestUri'
              operator: 'Any'
              matchValue: []
            }
          ]
        }
      ]
    }
  }
}

resource security 'Microsoft.Cdn/profiles/securityPolicies@2025-06-01' = if (requestsPerMinute > 0) {
  parent: profile
  name: 'firewall'
  properties: {
    parameters: {
      type: 'WebApplicationFirewall'
      wafPolicy: { id: firewall.id }
      associations: [
        {
          domains: [{ id: profile::domain.id }]
          patternsToMatch: ['/*']
        }
      ]
    }
  }
}

@description('Id that Front Door sends with every request; the function app takes no other requests.')
output frontDoorId string = profile.properties.frontDoorId

@description('Host name that the CNAME record of the custom domain points at.')
output endpointHostName string = profile::endpoint.properties.hostName

@description('Value of the _dnsauth TXT record that proves the custom domain.')
// The service may drop the token once the domain is approved.
output domainVerification string = profile::domain.properties.?validationProperties.?validationToken ?? ''
