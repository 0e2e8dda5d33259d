metadata description = 'Alerts by e-mail: what breaks, what is about to expire, and whether anybody can reach it.'

@description('Required. Azure region.')
param location string

@description('Required. Who is told.')
param email string

@description('Required. Application Insights component.')
param componentName string

@description('Required. Id of the Log Analytics workspace.')
param workspaceId string

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
    window: 'PT5M'
    scope: component.id
  }
  {
    name: 'callbacks'
    description: 'Sign-ins came back and were answered with 500 or above, or after more than ten seconds: look at the blob storage of the host first.'
    severity: 1
    threshold: 2
    query: 'requests | where name matches regex "(^|_)callback$" | where toint(resultCode) >= 500 or duration > 10000'
    window: 'PT5M'
    scope: component.id
  }
  {
    name: 'sweep'
    description: 'No sweep of expired sessions has finished for an hour.'
    severity: 2
    threshold: 0
    query: 'traces | extend line = parse_json(message) | where tostring(line.event) == "bff.sweep.finished" | summarize finished = count() | where finished == 0'
    window: 'PT1H'
    scope: component.id
  }
  {
    name: 'log-cap'
    description: 'The daily cap is reached: until tomorrow there are no logs, and no alert that reads them.'
    severity: 1
    threshold: 0
    query: '_LogOperation | where Category =~ "Ingestion" | where Detail contains "OverQuota"'
    window: 'PT5M'
    scope: workspaceId
  }
  {
    name: 'identity-provider'
    description: 'Microsoft Entra ID could not be reached or answered nonsense.'
    severity: 2
    threshold: 5
    query: 'traces | extend line = parse_json(message) | where tostring(line.event) == "bff.dependency.failed" and tostring(line.dependency) == "identity_provider"'
    window: 'PT5M'
    scope: component.id
  }
  {
    name: 'settings'
    description: 'A setting is wrong: every request is answered with 503 until it is put right.'
    severity: 1
    threshold: 0
    query: 'traces | extend line = parse_json(message) | where tostring(line.event) == "bff.settings.wrong"'
    window: 'PT5M'
    scope: component.id
  }
]

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

// The account's own number mixes all its services: a quiet queue service hides tables that fail.
var storageServices = concat(
  map(accountNames, name => { account: name, service: 'tableServices' }),
  [{ account: accountNames[0], service: 'blobServices' }]
)

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
      scopes: [alert.scope]
      evaluationFrequency: 'PT5M'
      windowSize: alert.window
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
  for entry in storageServices: {
    name: '${appName}-${entry.account}-${entry.service}'
    location: 'global'
    tags: tags
    properties: {
      description: '${entry.service} answers fewer than 95 % of calls.'
      severity: 2
      enabled: true
      scopes: [
        resourceId('Microsoft.Storage/storageAccounts/${entry.service}', entry.account, 'default')
      ]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT5M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            name: 'availability'
            criterionType: 'StaticThresholdCriterion'
            metricNamespace: 'Microsoft.Storage/storageAccounts/${entry.service}'
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

var tests = [
  {
    name: 'live'
    description: 'The application cannot be reached from two of three places, or its certificate ends within two weeks.'
    severity: 1
  }
  {
    name: 'ready'
    description: 'Two of three places are told that something is missing: open /health/ready, it names what.'
    severity: 2
  }
]

resource webTests 'Microsoft.Insights/webtests@2022-06-15' = [
  for test in tests: {
    name: '${appName}-${test.name}'
    location: location
    kind: 'standard'
    tags: union(tags, { 'hidden-link:${component.id}': 'Resource' })
    properties: {
      SyntheticMonitorId: '${appName}-${test.name}'
      Name: '${appName}-${test.name}'
      Kind: 'standard'
      Enabled: true
      Frequency: 900
      Timeout: 30
      RetryEnabled: true
      Locations: [{ Id: 'emea-nl-ams-azr' }, { Id: 'us-va-ash-azr' }, { Id: 'apac-sg-sin-azr' }]
      Request: {
        RequestUrl: '${baseUrl}/health/${test.name}'
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
]

resource webAlerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for (test, i) in tests: {
    name: '${appName}-${test.name}'
    location: 'global'
    tags: tags
    properties: {
      description: test.description
      severity: test.severity
      enabled: true
      scopes: [webTests[i].id, component.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT30M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
        webTestId: webTests[i].id
        componentId: component.id
        failedLocationCount: 2
      }
      actions: [{ actionGroupId: people.id }]
    }
  }
]

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
