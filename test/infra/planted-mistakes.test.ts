import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findCompiler } from './check/compiler.ts'
import { readDeployment } from './check/deployment.ts'
import { checkRoles } from './check/rules/roles.ts'
import { copyTemplates, lint, predict, type Templates } from './check/templates.ts'
import { project, requireCompiler } from './bicep.ts'
import { coreRules } from './deployments.ts'

interface Mistake {
  readonly what: string
  readonly file: string
  readonly right: string
  readonly wrong: string
  readonly finding: RegExp
}

/** Mistakes that the compiler lets pass in silence, all planted into one copy of the templates. */
const mistakes: readonly Mistake[] = [
  {
    what: 'the wrong name of a setting',
    file: 'main.bicep',
    right: 'SESSION_KEY_NAME: ',
    wrong: 'SESSIONKEY_NAME: ',
    finding: /^unknown setting: SESSIONKEY_NAME$/,
  },
  {
    what: 'a required setting left out',
    file: 'main.bicep',
    right: '  PUBLIC_URL: baseUrl\n',
    wrong: '',
    finding: /^missing setting: PUBLIC_URL$/,
  },
  {
    what: 'a setting that Flex Consumption refuses',
    file: 'modules/function-app.bicep',
    right: "AzureWebJobsDisableHomepage: 'true'",
    wrong: "AzureWebJobsDisableHomepage: 'true'\n      WEBSITE_RUN_FROM_PACKAGE: '1'",
    finding: /^forbidden setting: WEBSITE_RUN_FROM_PACKAGE$/,
  },
  {
    what: 'a property of siteConfig that Flex Consumption refuses',
    file: 'modules/function-app.bicep',
    right: '      http20Enabled: true',
    wrong: "      http20Enabled: true\n      ftpsState: 'Disabled'\n      alwaysOn: false",
    finding: /^siteConfig: Flex Consumption does not take ftpsState$/,
  },
  {
    what: 'a table whose name begins with a reserved word',
    file: 'main.bicep',
    right: "['signIns', ",
    wrong: "['logins', ",
    finding: /^reserved name: logins$/,
  },
  {
    what: 'the host without the name of its account',
    file: 'modules/function-app.bicep',
    right: '      AzureWebJobsStorage__accountName: accountName\n',
    wrong: '',
    finding: /^missing setting: AzureWebJobsStorage__accountName$/,
  },
  {
    what: 'a limit of bodies that no upstream asked for',
    file: 'main.bicep',
    right: 'requestBodyBytes: requestBodyBytes',
    wrong: 'requestBodyBytes: requestBodyBytes + 94371840',
    finding: /^setting FUNCTIONS_REQUEST_BODY_SIZE_LIMIT is 104857600$/,
  },
  {
    what: 'an alert on the storage account in place of its tables',
    file: 'modules/alerts.bicep',
    right: "service: 'tableServices'",
    wrong: "service: 'queueServices'",
    finding: /^no alert on the availability of st\w+\/default$/,
  },
  {
    what: 'no alert when logs stop',
    file: 'modules/alerts.bicep',
    right: 'contains "OverQuota"',
    wrong: 'contains "Quota"',
    finding: /^no alert on OverQuota$/,
  },
  {
    what: 'a role that is missing on a table',
    file: 'modules/rbac.bicep',
    right: 'account => map(tableNames,',
    wrong: 'account => map(take(tableNames, 2),',
    finding: /^missing role: application Storage Table Data Contributor on .*sessionIndex$/,
  },
  {
    what: 'the GUID of another role',
    file: 'modules/rbac.bicep',
    right: '3913510d-42f4-4e42-8a64-420c390055eb',
    wrong: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
    finding: /^unexpected role: application .*b24988ac-6180-42a0-ab88-20f7382dd24c on components/,
  },
  {
    what: 'a role on the whole vault in place of one secret',
    file: 'modules/rbac.bicep',
    right: 'scope: secrets[i]',
    wrong: 'scope: vault',
    finding: /^unexpected role: application Key Vault Secrets User on vaults\/kv-bff-\w+$/,
  },
  {
    what: 'a role without the right kind of principal',
    file: 'modules/rbac.bicep',
    right: "principalType: 'ServicePrincipal'",
    wrong: "principalType: 'ServicePrinciple'",
    finding: /^role of the application: principalType is ServicePrinciple$/,
  },
  {
    what: 'a public network flag',
    file: 'modules/storage.bicep',
    right: "publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'",
    wrong: "publicNetworkAccess: 'Enabled'",
    finding: /properties\.publicNetworkAccess is "Enabled", not "Disabled"$/,
  },
  {
    what: 'an open firewall of the vault',
    file: 'modules/key-vault.bicep',
    right: "defaultAction: publicAccess ? 'Allow' : 'Deny'",
    wrong: "defaultAction: 'Allow'",
    finding: /^Microsoft\.KeyVault\/vaults .*networkAcls\.defaultAction is "Allow", not "Deny"$/,
  },
  {
    what: 'a retention that could not be changed with purge protection',
    file: 'modules/key-vault.bicep',
    right: 'softDeleteRetentionInDays: 90',
    wrong: 'softDeleteRetentionInDays: 7',
    finding: /properties\.softDeleteRetentionInDays is 7, not 90$/,
  },
  {
    what: 'an audit log in the table of all resources',
    file: 'modules/key-vault.bicep',
    right: "logAnalyticsDestinationType: 'Dedicated'",
    wrong: "logAnalyticsDestinationType: 'AzureDiagnostics'",
    finding: /logAnalyticsDestinationType is "AzureDiagnostics", not "Dedicated"$/,
  },
  {
    what: 'shared keys',
    file: 'modules/storage.bicep',
    right: 'allowSharedKeyAccess: false',
    wrong: 'allowSharedKeyAccess: true',
    finding: /properties\.allowSharedKeyAccess is true, not false$/,
  },
  {
    what: 'a TLS version in the spelling of another service',
    file: 'modules/storage.bicep',
    right: "minimumTlsVersion: 'TLS1_2'",
    wrong: "minimumTlsVersion: '1.2'",
    finding: /properties\.minimumTlsVersion is "1\.2", not "TLS1_2"$/,
  },
  {
    what: 'a TLS version that is out of date',
    file: 'modules/function-app.bicep',
    right: " minTlsVersion: '1.2'",
    wrong: " minTlsVersion: '1.0'",
    finding: /properties\.siteConfig\.minTlsVersion is "1\.0", not "1\.2"$/,
  },
  {
    what: 'a runtime that does not exist',
    file: 'modules/function-app.bicep',
    right: "runtime: { name: 'node',",
    wrong: "runtime: { name: 'nodejs',",
    finding: /runtime\.name is "nodejs", not "node"$/,
  },
  {
    what: 'telemetry by key',
    file: 'modules/monitoring.bicep',
    right: 'DisableLocalAuth: true',
    wrong: 'DisableLocalAuth: false',
    finding: /properties\.DisableLocalAuth is false, not true$/,
  },
  {
    what: 'an alert on an event that nobody writes',
    file: 'modules/alerts.bicep',
    right: '"bff.settings.wrong"',
    wrong: '"bff.settings.invalid"',
    finding: /asks for an event nobody writes: bff\.settings\.invalid$/,
  },
  {
    what: 'an alert that compares the wrong way round',
    file: 'modules/alerts.bicep',
    right: "operator: 'LessThan'",
    wrong: "operator: 'LessThen'",
    finding: /criteria\.allOf\.0\.operator is "LessThen"/,
  },
  {
    what: 'an alert on another metric',
    file: 'modules/alerts.bicep',
    right: "metricName: 'Availability'",
    wrong: "metricName: 'Avalability'",
    finding: /criteria\.allOf\.0\.metricName is "Avalability"/,
  },
  {
    what: 'a subnet delegated to something else',
    file: 'modules/network.bicep',
    right: 'Microsoft.App/environments',
    wrong: 'Microsoft.Web/serverFarms',
    finding: /^snet-app is not delegated to Microsoft\.App\/environments$/,
  },
  {
    what: 'private endpoints that no peered network can reach',
    file: 'modules/network.bicep',
    right: "sourceAddressPrefix: 'VirtualNetwork'",
    wrong: 'sourceAddressPrefix: appPrefix',
    finding: /securityRules\.0\..*sourceAddressPrefix is "10\.71\.0\.0\/24", not "VirtualNetwork"$/,
  },
]

// A compilation takes seconds, on a busy machine minutes.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

let templates: Templates | undefined
let findings: string[] = []

beforeAll(async () => {
  const compiler = await findCompiler(project, process.env)
  if (compiler === undefined) return
  templates = await copyTemplates(compiler, project)
  for (const mistake of mistakes) await plant(join(templates.root, 'infra', 'core'), mistake)
  const deployment = readDeployment('private', await predict(templates, 'private'))
  findings = Object.values(coreRules).flatMap((rule) => rule(deployment))
})

afterAll(() => templates?.dispose())

async function plant(core: string, { what, file, right, wrong }: Mistake): Promise<void> {
  const path = join(core, file)
  const text = await readFile(path, 'utf8')
  if (!text.includes(right)) throw new Error(`${what}: ${file} has no ${right}`)
  await writeFile(path, text.replaceAll(right, wrong))
}

test.for(mistakes)('the check reports $what', async ({ finding }, context) => {
  await requireCompiler(context)
  expect(findings).toContainEqual(expect.stringMatching(finding))
})

test('a misspelt name in appSettings is refused', async (context) => {
  const files = await copyTemplates(await requireCompiler(context), project)
  try {
    await edit(files, 'private', (text) =>
      text.replace('SESSION_IDLE_MINUTES', 'SESSION_IDLE_TIME'),
    )
    await expect(predict(files, 'private')).rejects.toThrow(/"SESSION_IDLE_TIME" is not allowed/)
  } finally {
    await files.dispose()
  }
})

test('Front Door without an address of its own is refused before anything is deployed', async (context) => {
  const files = await copyTemplates(await requireCompiler(context), project)
  try {
    await edit(files, 'front-door', (text) => text.replace(/^param publicBaseUrl.*$/m, ''))
    await expect(predict(files, 'front-door')).rejects.toThrow(/frontDoor needs publicBaseUrl/)
  } finally {
    await files.dispose()
  }
})

/** What Resource Manager would take for the vault as a whole: read and write of every secret. */
test('a role of the deployer on the whole vault is reported', async (context) => {
  const files = await copyTemplates(await requireCompiler(context), project)
  try {
    const core = join(files.root, 'infra', 'core')
    const file = 'modules/rbac.bicep'
    const [right, wrong] = ['scope: deployerSecret', 'scope: vault']
    await plant(core, { what: 'a vault-wide role', file, right, wrong, finding: /./ })
    const found = checkRoles(readDeployment('public', await predict(files, 'public')))
    expect(found).toContainEqual(
      expect.stringMatching(
        /^unexpected role: deployer Key Vault Secrets Officer on vaults\/[\w-]+$/,
      ),
    )
  } finally {
    await files.dispose()
  }
})

test('a parameter that is wired to nothing is refused', async (context) => {
  const files = await copyTemplates(await requireCompiler(context), project)
  try {
    const core = join(files.root, 'infra', 'core')
    const [right, wrong] = ['dailyQuotaGb: dailyLogQuotaGb', 'dailyQuotaGb: 1']
    await plant(core, { what: 'unwired', file: 'main.bicep', right, wrong, finding: /./ })
    expect((await lint(files)).join('\n')).toMatch(
      /no-unused-params: Parameter "dailyLogQuotaGb" is declared but never used/,
    )
  } finally {
    await files.dispose()
  }
})

async function edit(
  files: Templates,
  name: string,
  change: (text: string) => string,
): Promise<void> {
  const path = join(files.root, 'test', 'infra', `${name}.bicepparam`)
  await writeFile(path, change(await readFile(path, 'utf8')))
}
