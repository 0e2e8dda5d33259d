import { appSettings, type Deployment } from '../deployment.ts'

/** A setting as the schema of the application describes it. */
export interface KnownSetting {
  readonly name: string
  readonly required: boolean
}

/** Settings of the platform: the host, its storage, telemetry and the managed identity. */
const platformSettings = [
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'AZURE_CLIENT_ID',
  'AzureWebJobsDisableHomepage',
  'AzureWebJobsSecretStorageType',
  'AzureWebJobsStorage__accountName',
  'AzureWebJobsStorage__blobServiceUri',
  'AzureWebJobsStorage__clientId',
  'AzureWebJobsStorage__credential',
  'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT',
]

/** Settings that Flex Consumption refuses. */
const refusedSettings =
  /^(FUNCTIONS_EXTENSION_VERSION|FUNCTIONS_WORKER_RUNTIME(_VERSION)?|FUNCTIONS_WORKER_PROCESS_COUNT|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT.*|WEBSITE_NODE_DEFAULT_VERSION|WEBSITE_VNET_ROUTE_ALL|WEBSITE_TIME_ZONE|TZ|SCM_DO_BUILD_DURING_DEPLOYMENT|ENABLE_ORYX_BUILD)$/

/** Secrets, which the vault holds: no template may write them into a setting. */
const secretSettings = ['ENTRA_CLIENT_SECRET', 'SESSION_KEY']

/** Says which settings of a deployment the application does not know, and which it misses. */
export function checkSettingNames(
  deployment: Deployment,
  known: readonly KnownSetting[],
): string[] {
  const names = Object.keys(appSettings(deployment))
  const allowed = [...platformSettings, ...known.map(({ name }) => name)]
  const needed = [
    ...platformSettings,
    ...known.filter(({ required }) => required).map(({ name }) => name),
  ]
  return [
    ...needed.filter((name) => !names.includes(name)).map((name) => `missing setting: ${name}`),
    ...names.filter((name) => !allowed.includes(name)).map((name) => `unknown setting: ${name}`),
    ...names
      .filter((name) => refusedSettings.test(name) || secretSettings.includes(name))
      .map((name) => `forbidden setting: ${name}`),
  ]
}

/** Says where the values of the platform's settings are wrong: they have no schema of ours. */
export function checkPlatformSettings(deployment: Deployment): string[] {
  const settings = appSettings(deployment)
  const clientId = settings['AZURE_CLIENT_ID'] ?? ''
  const account = /^https:\/\/(st\w{13})\.blob\./.exec(
    settings['AzureWebJobsStorage__blobServiceUri'] ?? '',
  )?.[1]
  const expected: Record<string, RegExp> = {
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: new RegExp(
      `^ClientId=${clientId};Authorization=AAD$`,
    ),
    // Known only to the component; a text here would be one written by hand.
    APPLICATIONINSIGHTS_CONNECTION_STRING: /^undefined$/,
    AZURE_CLIENT_ID: /^22222222-2222-4222-8222-222222222222$/,
    AzureWebJobsDisableHomepage: /^true$/,
    AzureWebJobsSecretStorageType: /^(blob|files)$/,
    AzureWebJobsStorage__accountName: new RegExp(`^${account}$`),
    AzureWebJobsStorage__blobServiceUri: /^https:\/\/st\w{13}\.blob\.core\.windows\.net\/$/,
    AzureWebJobsStorage__clientId: new RegExp(`^${clientId}$`),
    AzureWebJobsStorage__credential: /^managedidentity$/,
    FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: new RegExp(`^${longestBody(settings['UPSTREAMS'])}$`),
  }
  return Object.entries(expected)
    .filter(([name, pattern]) => !pattern.test(String(settings[name])))
    .map(([name]) => `setting ${name} is ${settings[name]}`)
}

/** Bytes of the longest body that an upstream takes: 10 MiB where it does not say. */
function longestBody(upstreams: string | undefined): number {
  const fallback = 10 * 1024 * 1024
  const all = Object.values(JSON.parse(upstreams ?? '{}') as Record<string, Upstream>)
  return Math.max(fallback, ...all.map(({ maxBodyBytes = fallback }) => maxBodyBytes))
}

interface Upstream {
  readonly maxBodyBytes?: number
}

/**
 * Says which settings of the schema nobody can set: each is either computed by the template or a
 * member of its `appSettings`, the two secrets apart.
 */
export function checkReach(
  deployments: readonly Deployment[],
  furtherSettings: readonly string[],
  known: readonly KnownSetting[],
): string[] {
  const computed = deployments.flatMap((deployment) => Object.keys(appSettings(deployment)))
  const reached = new Set([...computed, ...furtherSettings])
  const names = known.map(({ name }) => name)
  return [
    ...names
      .filter((name) => !reached.has(name) && !secretSettings.includes(name))
      .map((name) => `setting out of reach: ${name}`),
    ...furtherSettings
      .filter((name) => !names.includes(name) || secretSettings.includes(name))
      .map((name) => `appSettings has a member that is no setting: ${name}`),
  ]
}
