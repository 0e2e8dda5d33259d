import { readFileSync } from 'node:fs'
import { eventNames } from '../../src/base/events.ts'
import { settingsTable } from '../../src/settings/schema.ts'
import { type Deployment, readDeployment } from './check/deployment.ts'
import { checkAlerts } from './check/rules/alerts.ts'
import { checkApiVersions } from './check/rules/api-versions.ts'
import { checkLiterals } from './check/rules/literals.ts'
import { checkFrontDoor, checkPrivateNetworking } from './check/rules/network.ts'
import { checkRoles } from './check/rules/roles.ts'
import { checkPlatformSettings, checkSettingNames } from './check/rules/settings.ts'

/** Parameter files of layer core in this folder. */
export const coreDeployments = ['public', 'private', 'front-door', 'landing-zone'] as const

/** Parameter files of layer identity in this folder. */
export const identityDeployments = ['identity', 'identity-existing'] as const

/** Rules for a deployment of layer core, by what they are about. */
export const coreRules: Readonly<Record<string, (deployment: Deployment) => string[]>> = {
  'values that the compiler does not check': checkLiterals,
  'roles and their scopes': checkRoles,
  'names of settings': (deployment) => checkSettingNames(deployment, settingsTable),
  'settings of the platform': checkPlatformSettings,
  'private networking': checkPrivateNetworking,
  'Front Door': checkFrontDoor,
  alerts: (deployment) => checkAlerts(deployment, eventNames),
  'versions of the APIs': checkApiVersions,
}

/** What a parameter file deploys by its snapshot, which a test of its own proves to be current. */
export function committed(name: string): Deployment {
  const file = new URL(`${name}.snapshot.json`, import.meta.url)
  return readDeployment(name, readFileSync(file, 'utf8'))
}
