import { type Deployment, ofType, type Resource, valueAt } from '../deployment.ts'
import { compareAll } from './compare.ts'

/** Says which alerts are absent, compare the wrong way round or ask for an event nobody writes. */
export function checkAlerts(deployment: Deployment, eventNames: readonly string[]): string[] {
  if (ofType(deployment, 'Microsoft.Insights/actionGroups').length === 0) return []
  const queries = ofType(deployment, 'Microsoft.Insights/scheduledQueryRules')
  return [
    ...compareAll(deployment, expectations),
    ...queries.flatMap((alert) => checkQuery(alert, eventNames)),
    ...checkSubjects(deployment),
  ]
}

const metric = 'properties.criteria.allOf.0'

const expectations = {
  'Microsoft.Insights/actionGroups': {
    'properties.enabled': true,
    'properties.emailReceivers.0.emailAddress': /^.+@.+$/,
  },
  'Microsoft.Insights/scheduledQueryRules': {
    kind: 'LogAlert',
    'properties.enabled': true,
    'properties.skipQueryValidation': true,
    'properties.evaluationFrequency': 'PT5M',
    'properties.windowSize': 'PT5M',
    [`${metric}.timeAggregation`]: 'Count',
    [`${metric}.operator`]: 'GreaterThan',
    'properties.scopes.0': /\/components\/appi-bff-\w+$/,
    'properties.actions.actionGroups.0': /\/actionGroups\//,
  },
  'Microsoft.Insights/metricAlerts': {
    'properties.enabled': true,
    'properties.actions.0.actionGroupId': /\/actionGroups\//,
    [`${metric}.metricName`]: /^(Availability|undefined)$/,
    [`${metric}.operator`]: /^(LessThan|undefined)$/,
    [`${metric}.timeAggregation`]: /^(Average|undefined)$/,
    [`${metric}.criterionType`]: /^(StaticThresholdCriterion|undefined)$/,
  },
  'Microsoft.Insights/webtests': {
    kind: 'standard',
    'properties.Kind': 'standard',
    'properties.Enabled': true,
    'properties.Frequency': 900,
    'properties.Request.RequestUrl': /^https:\/\/.+\/health\/live$/,
    'properties.ValidationRules.ExpectedHttpStatusCode': 200,
    'properties.ValidationRules.SSLCheck': true,
  },
  'Microsoft.EventGrid/systemTopics/eventSubscriptions': {
    'properties.destination.endpointType': 'MonitorAlert',
    'properties.eventDeliverySchema': 'CloudEventSchemaV1_0',
    'properties.filter.includedEventTypes': /Microsoft\.KeyVault\.SecretNearExpiry/,
  },
}

function checkQuery(alert: Resource, eventNames: readonly string[]): string[] {
  const query = String(valueAt(alert, `${metric}.query`))
  const table = /^(\w+) \|/.exec(query)?.[1] ?? ''
  const unknown = [...query.matchAll(/"(bff\.[\w.]+)"/g)]
    .map(([, name = '']) => name)
    .filter((name) => !eventNames.includes(name))
  const findings = unknown.map((name) => `${alert.name} asks for an event nobody writes: ${name}`)
  if (table !== 'requests' && table !== 'traces')
    findings.push(`${alert.name} reads the table ${table}`)
  return findings
}

/** What has to be watched, each by an alert of its own. */
function checkSubjects(deployment: Deployment): string[] {
  const watched = ofType(deployment, 'Microsoft.Insights/scheduledQueryRules').map((alert) =>
    String(valueAt(alert, `${metric}.query`)),
  )
  const subjects = ['>= 500', '"bff.dependency.failed"', '"bff.settings.wrong"']
  const missing = subjects
    .filter((subject) => !watched.some((query) => query.includes(subject)))
    .map((subject) => `no alert on ${subject}`)
  const scopes = ofType(deployment, 'Microsoft.Insights/metricAlerts').map((alert) =>
    JSON.stringify(valueAt(alert, 'properties.scopes')),
  )
  const resources = [
    ...ofType(deployment, 'Microsoft.KeyVault/vaults'),
    ...ofType(deployment, 'Microsoft.Storage/storageAccounts'),
    ...ofType(deployment, 'Microsoft.Insights/webtests'),
  ]
  return [
    ...missing,
    ...resources
      .filter(({ id }) => !scopes.some((scope) => scope.includes(`"${id}"`)))
      .map(({ name }) => `no alert on the availability of ${name}`),
  ]
}
