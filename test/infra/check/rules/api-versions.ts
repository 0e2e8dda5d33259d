import type { Deployment } from '../deployment.ts'

/**
 * API versions by the beginning of a type: a step or two behind the newest, so that a compiler some
 * releases old knows them too. Raised by hand, after reading what changed.
 */
const pinned: readonly (readonly [prefix: string, version: string])[] = [
  ['Microsoft.Authorization/roleAssignments', '2022-04-01'],
  ['Microsoft.Cdn/profiles', '2025-06-01'],
  ['Microsoft.Consumption/budgets', '2023-11-01'],
  ['Microsoft.EventGrid/systemTopics', '2025-02-15'],
  ['Microsoft.Insights/actionGroups', '2023-01-01'],
  ['Microsoft.Insights/components', '2020-02-02'],
  ['Microsoft.Insights/diagnosticSettings', '2021-05-01-preview'],
  ['Microsoft.Insights/metricAlerts', '2018-03-01'],
  ['Microsoft.Insights/scheduledQueryRules', '2023-12-01'],
  ['Microsoft.Insights/webtests', '2022-06-15'],
  ['Microsoft.Insights/workbooks', '2023-06-01'],
  ['Microsoft.KeyVault/vaults', '2024-11-01'],
  ['Microsoft.ManagedIdentity/userAssignedIdentities', '2024-11-30'],
  ['Microsoft.Network/FrontDoorWebApplicationFirewallPolicies', '2025-10-01'],
  ['Microsoft.Network/privateDnsZones', '2024-06-01'],
  ['Microsoft.Network/', '2024-07-01'],
  ['Microsoft.OperationalInsights/workspaces', '2025-07-01'],
  ['Microsoft.Resources/resourceGroups', '2024-11-01'],
  ['Microsoft.Storage/storageAccounts', '2025-06-01'],
  ['Microsoft.Web/', '2024-11-01'],
]

/** Says which resources ask for another version of their API than the pinned one. */
export function checkApiVersions(deployment: Deployment): string[] {
  return deployment.resources
    .filter(({ type }) => !type.startsWith('Microsoft.Graph/'))
    .filter(({ type, apiVersion }) => {
      const version = pinned.find(([prefix]) => type.startsWith(prefix))?.[1]
      return version !== apiVersion
    })
    .map(({ type, apiVersion }) => `${type}@${apiVersion} is not the pinned version`)
}
