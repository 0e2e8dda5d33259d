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
    'properties.windowSize': /^PT(5M|1H)$/,
    [`${metric}.timeAggregation`]: 'Count',
    [`${metric}.operator`]: 'GreaterThan',
    'properties.scopes.0': /\/(components\/appi-bff-\w+|workspaces\/log-[\w-]+)$/,
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
    'properties.Request.RequestUrl': /^https:\/\/.+\/health\/(live|ready)$/,
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
  const scope = String(valueAt(alert, 'properties.scopes.0'))
  const tables = scope.includes('/workspaces/') ? ['_LogOperation'] : ['requests', 'traces']
  if (!tables.includes(table)) findings.push(`${alert.name} reads the table ${table}`)
  return findings
}

/** What has to be watched, each by an alert of its own. */
function checkSubjects(deployment: Deployment): string[] {
  const watched = ofType(deployment, 'Microsoft.Insights/scheduledQueryRules').map((alert) =>
    String(valueAt(alert, `${metric}.query`)),
  )
  const subjects = [
    '>= 500',
    'duration > 10000',
    '"bff.dependency.failed"',
    '"bff.settings.wrong"',
    '"bff.sweep.finished"',
    'OverQuota',
  ]
  const missing = subjects
    .filter((subject) => !watched.some((query) => query.includes(subject)))
    .map((subject) => `no alert on ${subject}`)
  const scopes = ofType(deployment, 'Microsoft.Insights/metricAlerts').map((alert) =>
    JSON.stringify(valueAt(alert, 'properties.scopes')),
  )
  // Tables by their own service: the number of the account mixes in those that nobody calls.
  const resources = [
    ...ofType(deployment, 'Microsoft.KeyVault/vaults'),
    ...ofType(deployment, 'Microsoft.Storage/storageAccounts/tableServices'),
    ...ofType(deployment, 'Microsoft.Storage/storageAccounts/blobServices').slice(0, 1),
    ...ofType(deployment, 'Microsoft.Insights/webtests'),
  ]
  const tests = ofType(deployment, 'Microsoft.Insights/webtests').map((test) =>
    String(valueAt(test, 'properties.Request.RequestUrl')).replace(/^.*\//, ''),
  )
  return [
    ...missing,
    ...['live', 'ready']
      .filter((name) => !tests.includes(name))
      .map((name) => `no test of /health/${name}`),
    ...resources
      .filter(({ id }) => !scopes.some((scope) => scope.includes(`"${id}"`)))
      .map(({ name }) => `no alert on the availability of ${name}`),
  ]
}
