metadata description = 'Alerts by e-mail: what breaks, what is about to expire, and whether anybody can reach it.'

@description('Required. Azure region.')
param location string

@description('Required. Who is told.')
param email string

@description('Required. Application Insights component.')
param componentName string

@description('Required. Name of the vault.')
param vaultName string

@description('Required. Storage accounts.')
param accountNames string[]

@description('Required. The origin that browsers see.')
param baseUrl string

@description('Required. Prefix of the names of alerts.')
param appName string

@description('Required. Tags of every resource.')
param tags { *: string }

// Log alerts, not the metric Http5xx: an alert on a metric that the plan lacks fails the deployment.
var logAlerts = [
  {
    name: 'server-errors'
    description: 'The application answered with a status of 500 or above, more than five times in five minutes.'
    severity: 2
    threshold: 5
    query: 'requests | where toint(resultCode) >= 500'
  }
  {
    name: 'identity-provider'
    description: 'Microsoft Entra ID could not be reached or answered nonsense.'
    severity: 2
    threshold: 5
    query: 'traces | extend line = parse_json(message) | where tostring(line.event) == "bff.dependency.failed" and tostring(line.dependency) == "identity_provider"'
  }
  {
    name: 'settings'
    description: 'A setting is wrong: every request is answered with 503 until it is put right.'
    severity: 1
    threshold: 0
    query: 'traces | extend line = parse_json(message) | where tostring(line.event) == "bff.settings.wrong"'
  }
]

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource accounts 'Microsoft.Storage/storageAccounts@2025-06-01' existing = [
  for name in accountNames: {
    name: name
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${appName}-people'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'entra-bff'
    emailReceivers: [
      {
        name: 'e-mail'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource queries 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in logAlerts: {
    name: '${appName}-${alert.name}'
    location: location
    kind: 'LogAlert'
    tags: tags
    properties: {
      description: alert.description
      severity: alert.severity
      enabled: true
      scopes: [component.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT5M'
      autoMitigate: true
      // The tables do not exist before the first telemetry.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: alert.threshold
            failingPeriods: {
              minFailingPeriodsToAlert: 1
              numberOfEvaluationPeriods: 1
            }
          }
        ]
      }
      actions: { actionGroups: [people.id] }
    }
  }
]

resource vaultAvailability 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${appName}-vault-availability'
  location: 'global'
  tags: tags
  properties: {
    description: 'Key Vault answers fewer than 95 % of calls.'
    severity: 2
    enabled: true
    scopes: [vault.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'availability'
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: 'Microsoft.KeyVault/vaults'
          metricName: 'Availability'
          operator: 'LessThan'
          threshold: 95
          timeAggregation: 'Average'
        }
      ]
    }
    actions: [{ actionGroupId: people.id }]
  }
}

resource storageAvailability 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for (name, i) in accountNames: {
    name: '${appName}-${name}-availability'
    location: 'global'
    tags: tags
    properties: {
      description: 'Table Storage answers fewer than 95 % of calls.'
      severity: 2
      enabled: true
      scopes: [accounts[i].id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT5M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            name: 'availability'
            criterionType: 'StaticThresholdCriterion'
            metricNamespace: 'Microsoft.Storage/storageAccounts'
            metricName: 'Availability'
            operator: 'LessThan'
            threshold: 95
            timeAggregation: 'Average'
          }
        ]
      }
      actions: [{ actionGroupId: people.id }]
    }
  }
]

resource liveTest 'Microsoft.Insights/webtests@2022-06-15' = {
  name: '${appName}-live'
  location: location
  kind: 'standard'
  tags: union(tags, { 'hidden-link:${component.id}': 'Resource' })
  properties: {
    SyntheticMonitorId: '${appName}-live'
    Name: '${appName}-live'
    Kind: 'standard'
    Enabled: true
    Frequency: 900
    Timeout: 30
    RetryEnabled: true
    Locations: [{ Id: 'emea-nl-ams-azr' }, { Id: 'us-va-ash-azr' }, { Id: 'apac-sg-sin-azr' }]
    Request: {
      RequestUrl: '${baseUrl}/health/live'
      HttpVerb: 'GET'
      ParseDependentRequests: false
    }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
      SSLCheck: true
      SSLCertRemainingLifetimeCheck: 14
    }
  }
}

resource liveAlert 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${appName}-live'
  location: 'global'
  tags: tags
  properties: {
    description: 'The application cannot be reached from two of three places, or its certificate ends within two weeks.'
    severity: 1
    enabled: true
    scopes: [liveTest.id, component.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT30M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: liveTest.id
      componentId: component.id
      failedLocationCount: 2
    }
    actions: [{ actionGroupId: people.id }]
  }
}

resource vaultEvents 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: '${appName}-vault'
  location: location
  tags: tags
  properties: {
    source: vault.id
    topicType: 'Microsoft.KeyVault.vaults'
  }

  resource expiry 'eventSubscriptions' = {
    name: 'secret-expiry'
    properties: {
      eventDeliverySchema: 'CloudEventSchemaV1_0'
      filter: {
        includedEventTypes: [
          'Microsoft.KeyVault.SecretNearExpiry'
          'Microsoft.KeyVault.SecretExpired'
          'Microsoft.KeyVault.CertificateNearExpiry'
          'Microsoft.KeyVault.CertificateExpired'
        ]
      }
      destination: {
        endpointType: 'MonitorAlert'
        properties: {
          severity: 'Sev1'
          description: 'The credential of the app registration expires within 30 days or has expired.'
          actionGroups: [people.id]
        }
      }
    }
  }
}
