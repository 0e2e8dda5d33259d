import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { usage } from '../../scripts/start-arguments.mjs'
import { eventNames } from '../../src/base/events.ts'
import { settingsTable } from '../../src/settings/schema.ts'
import { project } from './bicep.ts'
import { appSettings, ofType } from './check/deployment.ts'
import { committed } from './deployments.ts'

const read = (path: string): string => readFileSync(join(project, path), 'utf8')
const page = read('docs/deploy.md')
const blocks = [...page.matchAll(/```\w*\n([\s\S]*?)```/g)].map(([, block = '']) => block)
const spans = [...page.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`]+)`/g)].map(
  ([, span = '']) => span,
)
const code = [...blocks.map((block) => block.replaceAll(/\\\n\s*/g, ' ')), ...spans]

/** Commands that were looked up in the tools' own references, with the options used here. */
const commands: Readonly<Record<string, readonly string[]>> = {
  'az ad app credential reset': ['id', 'append', 'query', 'output'],
  'az ad app federated-credential create': ['id', 'parameters'],
  'az ad app permission admin-consent': ['id'],
  'az deployment sub create': ['name', 'location', 'template-file', 'parameters'],
  'az functionapp list-flexconsumption-locations': ['output'],
  'az functionapp update-strategy config set': ['type', 'name', 'resource-group'],
  'az keyvault show': ['name', 'query', 'output'],
  'az resource delete': [],
  'az role assignment create': ['assignee', 'role', 'scope'],
  'az role assignment delete': ['assignee', 'role', 'scope'],
  'az functionapp deployment source config-zip': ['resource-group', 'name', 'src'],
  'az identity list': ['resource-group', 'query', 'output'],
  'az keyvault recover': ['name'],
  'az keyvault secret set': ['vault-name', 'name', 'value', 'output'],
  'az keyvault secret set-attributes': ['vault-name', 'name', 'version', 'enabled'],
  'az login': [],
  'az provider register': ['namespace'],
  'az rest': ['method', 'url'],
  'azd auth login': ['scope'],
  'azd deploy': [],
  'azd down': ['purge'],
  'azd env get-value': [],
  'azd env new': [],
  'azd env set': [],
  'azd env set-secret': [],
  'azd hooks run': ['layer'],
  'azd pipeline config': ['provider', 'auth-type'],
  'azd provision': ['preview', 'no-state'],
  'azd up': [],
}

test('every command of az and azd is one that exists, with options that it has', () => {
  // A command within another one stands for itself.
  const lines = code.flatMap((text) => text.split(/\$\(|\)|\n|\|/))
  const used = lines.flatMap((line) => {
    const [, words, rest = ''] = /(?<![\w.])(azd?(?: [a-z][a-z-]*)+)(.*)/.exec(line) ?? []
    return words === undefined ? [] : [{ words, rest }]
  })
  expect(used.length).toBeGreaterThan(20)
  for (const { words, rest } of used) {
    const command = Object.keys(commands)
      .sort((a, b) => b.length - a.length)
      .find((known) => `${words} `.startsWith(`${known} `))
    expect({ words, command }).toEqual({ words, command: expect.any(String) as string })
    const options = [...rest.matchAll(/ --([a-z-]+)/g)].map(([, option = '']) => option)
    expect(commands[command ?? '']).toEqual(expect.arrayContaining(options))
  }
})

type Layer = 'identity' | 'core'

interface Parameter {
  readonly name: string
  readonly value: string
}

const parameters = (layer: Layer): Parameter[] =>
  [...read(`infra/${layer}/main.bicep`).matchAll(/^param (\w+) .*?(?: = (.*))?$/gm)].map(
    ([, name = '', value = '']) => ({ name, value: value.replaceAll("'", '') }),
  )
const outputs = (layer: Layer): string[] =>
  [...read(`infra/${layer}/main.bicep`).matchAll(/^output (\w+) /gm)].map(([, name = '']) => name)
const variables = (layer: Layer): Map<string, string> => {
  const file = JSON.parse(read(`infra/${layer}/main.parameters.json`)) as {
    parameters: Record<string, { value: string }>
  }
  return new Map(
    Object.entries(file.parameters).map(([name, { value }]) => [
      name,
      /\$\{(\w+)/.exec(value)?.[1] ?? '',
    ]),
  )
}

const rows = page
  .slice(page.indexOf('## Parameters'), page.indexOf('### Further settings'))
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, names = '', variable = '', value = '']) => ({
    names: [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    variable: /^`(\w+)`$/.exec(variable)?.[1],
    value: /^`(.+)`$/.exec(value)?.[1],
  }))

test('the table of parameters has every parameter and no other', () => {
  const named = rows.flatMap(({ names }) => names)
  const declared = [...parameters('identity'), ...parameters('core')].map(({ name }) => name)
  expect(named.sort()).toEqual([...new Set(declared)].sort())
})

test('the table of parameters has the variables and defaults of the templates', () => {
  const all = [...parameters('identity'), ...parameters('core')]
  const sources = new Map([...variables('identity'), ...variables('core')])
  for (const { names, variable, value } of rows) {
    for (const name of names) {
      if (variable !== undefined) expect([name, sources.get(name)]).toEqual([name, variable])
      const declared = all.find((parameter) => parameter.name === name)?.value
      if (value !== undefined) expect([name, declared]).toEqual([name, value])
    }
  }
})

test('parameters on the command line are those of the template beside them', () => {
  const calls = blocks
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .match(/az deployment sub create .*/g)
  expect(calls).toHaveLength(2)
  for (const call of calls ?? []) {
    const layer = /infra\/(identity|core)\/main\.bicep/.exec(call)?.[1] as Layer
    const names = parameters(layer).map(({ name }) => name)
    const given = [...call.replace(/^.*--parameters/, '').matchAll(/ (\w+)=/g)]
    expect(given.map(([, name]) => name).filter((name = '') => !names.includes(name))).toEqual([])
    const needed = parameters(layer)
      .filter(({ value }) => value === '')
      .map(({ name }) => name)
    const optional = [...read(`infra/${layer}/main.bicep`).matchAll(/^param (\w+) .* = /gm)].map(
      ([, name]) => name,
    )
    const missing = needed.filter(
      (name) => !optional.includes(name) && !given.some(([, one]) => one === name),
    )
    expect(missing).toEqual([])
  }
})

const shellVariables = [
  'URL',
  'IDENTITY',
  'PRINCIPAL',
  'IDENTITY_CLIENT',
  'CLIENT_ID',
  'VAULT',
  'AZURE_CLIENT_ID',
  'PREFIX',
  'KEY',
]
const otherWords = [
  'CNAME',
  'TXT',
  'SPA',
  'OWNER',
  'REPO',
  'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT',
  'FDID',
]

test('every name in capitals is a variable, an output or a setting', () => {
  const known = [
    ...variables('identity').values(),
    ...variables('core').values(),
    ...outputs('identity'),
    ...outputs('core'),
    ...settingsTable.map(({ name }) => name),
    ...[...read('scripts/ensure-client-secret.ts').matchAll(/env\['(\w+)'\]/g)].map(
      ([, name]) => name,
    ),
    ...[...read('scripts/ensure-client-secret.ts').matchAll(/daysVariable\(.*'(\w+)'/g)].map(
      ([, name]) => name,
    ),
    ...[...read('scripts/delete-app-registration.ts').matchAll(/env\['(\w+)'\]/g)].map(
      ([, name]) => name,
    ),
    ...shellVariables,
    ...otherWords,
  ]
  const used = code.flatMap((text) => text.match(/(?<![\w."])[A-Z][A-Z0-9_]{2,}(?![\w.-])/g) ?? [])
  expect([...new Set(used)].filter((name) => !known.includes(name))).toEqual([])
})

test('what a first visitor of a template looks for is there, and starts it', () => {
  const container = JSON.parse(read('.devcontainer/devcontainer.json')) as Record<string, unknown>
  expect(container).toMatchObject({ postCreateCommand: 'npm ci', postAttachCommand: 'npm start' })
  expect(container['forwardPorts']).toEqual([7071])
  for (const file of ['CODE_OF_CONDUCT.md', 'SECURITY.md', 'CONTRIBUTING.md', 'LICENSE'])
    expect(existsSync(join(project, file))).toBe(true)
  for (const form of ['bug', 'proposal'])
    expect(read(`.github/ISSUE_TEMPLATE/${form}.yml`)).toMatch(/^name: .+\ndescription: .+/)
})

test('what the page says about the templates is what they deploy', () => {
  const [, ...rows] = page.slice(page.indexOf('| alerts:')).split('\n')
  expect(rows.length).toBeGreaterThan(1)
  const deployed = committed('private')
  const count = (type: string): number => ofType(deployed, type).length
  // The deployment has three accounts where the sum has one: two metric alerts more.
  expect(page).toContain('six log alerts, five metric alerts')
  expect([
    count('Microsoft.Insights/scheduledQueryRules'),
    count('Microsoft.Insights/metricAlerts') - 2,
    count('Microsoft.Insights/webtests'),
    count('Microsoft.Network/privateDnsZones'),
    count('Microsoft.Network/natGateways'),
    count('Microsoft.Consumption/budgets'),
  ]).toEqual([6, 5, 2, 3, 1, 1])
  const zone = committed('landing-zone')
  for (const type of ['virtualNetworks', 'privateDnsZones', 'natGateways'])
    expect(ofType(zone, `Microsoft.Network/${type}`)).toEqual([])
  expect(ofType(zone, 'Microsoft.OperationalInsights/workspaces')).toEqual([])
  expect(ofType(zone, 'Microsoft.Web/staticSites')).toHaveLength(1)
  expect(ofType(zone, 'Microsoft.Cdn/profiles/afdEndpoints/routes')).toHaveLength(2)
  expect(ofType(zone, 'Microsoft.Insights/workbooks')).toHaveLength(1)
  expect(appSettings(zone)['FUNCTIONS_REQUEST_BODY_SIZE_LIMIT']).toBe('52428800')
  expect(appSettings(deployed)['FUNCTIONS_REQUEST_BODY_SIZE_LIMIT']).toBe('10485760')
  expect(
    [appSettings(zone), appSettings(deployed)].map((s) => s['AzureWebJobsSecretStorageType']),
  ).toEqual(['files', 'blob'])
})

test('both layers take the same regions, and azd asks for one of them', () => {
  const regions = (layer: Layer): string =>
    /@allowed\(\[\n((?: {2}'\w+'\n)+)\]\)\n@metadata\(\{ azd: \{ type: 'location' \} \}\)\nparam location/.exec(
      read(`infra/${layer}/main.bicep`),
    )?.[1] ?? layer
  expect(regions('identity')).toContain("'westeurope'")
  expect(regions('core')).toBe(regions('identity'))
})

test('every output that is named exists', () => {
  const named = [...page.matchAll(/output `(\w+)`/g)].map(([, name = '']) => name)
  expect(named.length).toBeGreaterThan(3)
  const all = [...outputs('identity'), ...outputs('core')]
  expect(named.filter((name) => !all.includes(name))).toEqual([])
  const asked = [...page.matchAll(/env get-value (\w+)/g)].map(([, name = '']) => name)
  expect(asked.filter((name) => !all.includes(name))).toEqual([])
})

test('every script and option of npm exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const names = code.flatMap((text) =>
    [...text.matchAll(/npm (?:run )?(start|test|build|infra:check|\w+:\w+)/g)].map(
      ([, name = '']) => name,
    ),
  )
  expect(names.filter((name) => scripts[name] === undefined)).toEqual([])
  for (const [, option] of page.matchAll(/npm start -- (--\w+)/g)) expect(usage).toContain(option)
})

test('the environment of the pipeline has a federated credential of its own', () => {
  const workflow = read('.github/workflows/azure-dev.yml')
  const environment = /^ {4}environment: (\w+)$/m.exec(workflow)?.[1] ?? ''
  expect(page).toContain(`\\"subject\\": \\"$PREFIX:environment:${environment}\\"`)
  expect(page).toContain('repos/OWNER/REPO/actions/oidc/customization/sub')
})

test('every file and every heading that is referred to exists', () => {
  const files = spans.filter((span) => /^(\.github|infra|scripts|docs|tools)\/[\w./-]+$/.test(span))
  expect(files.filter((file) => !existsSync(join(project, file)))).toEqual([])
  const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
  const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, link = '']) => link)
  expect(links.filter((link) => !anchors.includes(link))).toEqual([])
})

test('every event that is named is one that the application writes', () => {
  const named = [...page.matchAll(/`(bff\.[\w.]+)`/g)].map(([, name = '']) => name)
  expect(named.length).toBeGreaterThan(1)
  expect(named.filter((name) => !(eventNames as readonly string[]).includes(name))).toEqual([])
})

test('the arithmetic of the costs adds up', () => {
  const sums = [...page.matchAll(/\| `([^`]+) = ([\d.]+)` \| ([^|]+) \|/g)]
  expect(sums.length).toBeGreaterThan(10)
  for (const [, expression = '', result = '', shown = ''] of sums) {
    expect([expression, Math.abs(calculate(expression)).toFixed(2)]).toEqual([
      expression,
      Number(result).toFixed(2),
    ])
    if (/^[\d.]+$/.test(shown.trim())) expect(Number(shown)).toBe(Number(result))
  }
})

/** Calculates with + - * / and parentheses, the usual order of operations. */
function calculate(expression: string): number {
  const tokens = expression.match(/[\d.]+|[-+*/()]/g) ?? []
  const sum = (): number => {
    let value = product()
    while (tokens[0] === '+' || tokens[0] === '-')
      value += tokens.shift() === '+' ? product() : -product()
    return value
  }
  const product = (): number => {
    let value = operand()
    while (tokens[0] === '*' || tokens[0] === '/')
      value *= tokens.shift() === '*' ? operand() : 1 / operand()
    return value
  }
  const operand = (): number => {
    const token = tokens.shift()
    if (token !== '(') return Number(token)
    const value = sum()
    tokens.shift()
    return value
  }
  return sum()
}
