import { type Deployment, ofType, type Resource, valueAt } from '../deployment.ts'

/** Built-in roles that may be assigned, by the GUID that Azure gave them. */
const roles: Readonly<Record<string, string>> = {
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': 'Storage Table Data Contributor',
  '12338af0-0e69-4776-bea7-57ae8d297424': 'Key Vault Crypto User',
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Monitoring Metrics Publisher',
  '4633458b-17de-408a-b874-0445c86b69e6': 'Key Vault Secrets User',
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'Storage Blob Data Owner',
  'b86a8fe4-44ce-4948-aee5-eccb2c155cd7': 'Key Vault Secrets Officer',
}

/** The principals of the parameter files in test/infra/. */
const principals: Readonly<Record<string, string>> = {
  '11111111-1111-4111-8111-111111111111': 'application',
  '55555555-5555-4555-8555-555555555555': 'deployer',
}

/**
 * Compares who may do what, and where, with the least that works: the application per table and per
 * secret, on the blobs of the host and on the telemetry; the deployer on the client secret in secret mode.
 */
export function checkRoles(deployment: Deployment): string[] {
  const assigned = ofType(deployment, 'Microsoft.Authorization/roleAssignments')
  const actual = assigned.map(describe)
  const expected = expectedRoles(deployment)
  return [
    ...expected.filter((role) => !actual.includes(role)).map((role) => `missing role: ${role}`),
    ...actual.filter((role) => !expected.includes(role)).map((role) => `unexpected role: ${role}`),
    ...assigned.flatMap(checkAssignment),
  ]
}

function describe(assignment: Resource): string {
  const principal = principals[String(valueAt(assignment, 'properties.principalId'))] ?? 'somebody'
  const definition = String(valueAt(assignment, 'properties.roleDefinitionId'))
  const role = roles[definition.slice(definition.lastIndexOf('/') + 1)] ?? definition
  return `${principal} ${role} on ${scopeOf(assignment)}`
}

/** The scope below the resource group, as in `storageAccounts/st1/tableServices/default/tables/signIns`. */
function scopeOf(assignment: Resource): string {
  const id = assignment.id.replace(/\/providers\/Microsoft\.Authorization\/.*$/, '')
  return id.replace(/^.*\/providers\/[^/]+\//, '')
}

function expectedRoles(deployment: Deployment): string[] {
  const named = (type: string): string[] => ofType(deployment, type).map(({ name }) => name)
  const accounts = named('Microsoft.Storage/storageAccounts')
  const vault = named('Microsoft.KeyVault/vaults')[0]
  const component = named('Microsoft.Insights/components')[0]
  const tables = accounts.flatMap((account) =>
    ['signIns', 'sessions', 'sessionIndex'].map(
      (table) => `storageAccounts/${account}/tableServices/default/tables/${table}`,
    ),
  )
  return [
    `application Storage Blob Data Owner on storageAccounts/${accounts[0]}`,
    ...tables.map((table) => `application Storage Table Data Contributor on ${table}`),
    `application Key Vault Secrets User on vaults/${vault}/secrets/session-key`,
    `application Monitoring Metrics Publisher on components/${component}`,
    ...credentialRoles(deployment, `vaults/${vault}`),
  ]
}

function credentialRoles(deployment: Deployment, vault: string): string[] {
  const settings = ofType(deployment, 'Microsoft.Web/sites/config')[0]
  const credential = settings && valueAt(settings, 'properties.CLIENT_CREDENTIAL')
  if (credential === 'federated') return []
  if (credential === 'certificate')
    return [
      `application Key Vault Secrets User on ${vault}/secrets/entra-client-certificate`,
      `application Key Vault Crypto User on ${vault}/keys/entra-client-certificate`,
    ]
  return [
    `application Key Vault Secrets User on ${vault}/secrets/entra-client-secret`,
    `deployer Key Vault Secrets Officer on ${vault}/secrets/entra-client-secret`,
  ]
}

function checkAssignment(assignment: Resource): string[] {
  const principal = principals[String(valueAt(assignment, 'properties.principalId'))]
  const type = String(valueAt(assignment, 'properties.principalType'))
  const allowed =
    principal === 'deployer' ? /^(User|Group|ServicePrincipal)$/ : /^ServicePrincipal$/
  const findings: string[] = []
  if (!allowed.test(type)) findings.push(`role of the ${principal}: principalType is ${type}`)
  if (assignment.name.startsWith('['))
    findings.push(`role on ${scopeOf(assignment)}: its name is not known before the deployment`)
  return findings
}
