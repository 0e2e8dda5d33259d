import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, expect, test, type TestContext, vi } from 'vitest'
import { settingsTable } from '../../src/settings/schema.ts'
import { pinnedVersion } from './check/compiler.ts'
import { checkReach } from './check/rules/settings.ts'
import {
  allTemplates,
  type ArmTemplate,
  checkOutputs,
  checkSecretsAreKept,
  checkSecureParameters,
} from './check/rules/template.ts'
import {
  build,
  copyTemplates,
  type Layer,
  lint,
  readTemplates,
  type Templates,
  unformatted,
} from './check/templates.ts'
import { project, requireCompiler } from './bicep.ts'
import { committed, coreDeployments } from './deployments.ts'

// A compilation takes seconds, on a busy machine minutes.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

let copied: Promise<Templates> | undefined
const built = new Map<Layer, Promise<unknown>>()

async function templates(context: TestContext): Promise<Templates> {
  const compiler = await requireCompiler(context)
  copied ??= copyTemplates(compiler, project)
  return copied
}

async function template(context: TestContext, layer: Layer): Promise<ArmTemplate> {
  const files = await templates(context)
  if (!built.has(layer)) built.set(layer, build(files, layer))
  return (await built.get(layer)) as ArmTemplate
}

afterAll(async () => (await copied)?.dispose())

test('says which compiler the templates are checked with', async (context) => {
  const compiler = await requireCompiler(context)
  console.log(`Bicep ${compiler.version} (pinned: ${pinnedVersion}) ${basename(compiler.path)}`)
  expect(compiler.version).toMatch(/^\d+\.\d+\.\d+$/)
})

test('the linter and the compiler have nothing to say of any level', async (context) => {
  expect(await lint(await templates(context))).toEqual([])
})

test('templates and parameter files are formatted', async (context) => {
  const files = await copyTemplates(await requireCompiler(context), project)
  try {
    expect(await unformatted(files)).toEqual([])
  } finally {
    await files.dispose()
  }
})

test('the only silenced diagnostic is that of the property that the types lack', async () => {
  const silenced = Object.values(await readTemplates(project))
    .flatMap((text) => text.split('\n'))
    .map((line, at, all) =>
      line.includes('#disable') ? `${line.trim()} ${all[at + 1]?.trim()}` : '',
    )
    .filter((line) => line !== '')
  expect(silenced).toEqual(['#disable-next-line BCP037 siteScopedCertificatesEnabled: true'])
})

test('every template is a module of a main template', async () => {
  const texts = await readTemplates(project)
  const named = Object.values(texts).flatMap((text) =>
    [...text.matchAll(/^module \w+ '([^']+)'/gm)].map(([, path = '']) => basename(path)),
  )
  const files = Object.keys(texts)
    .filter((file) => file.endsWith('.bicep'))
    .map((file) => basename(file))
  expect(files.filter((file) => file !== 'main.bicep' && !named.includes(file))).toEqual([])
})

test('only one file needs the Graph extension, and core needs no registry', async () => {
  const texts = Object.entries(await readTemplates(project))
  const using = texts.filter(([, text]) => /^extension /m.test(text)).map(([file]) => file)
  expect(using.map((file) => basename(file))).toEqual(['app-registration.bicep'])
  expect(texts.filter(([, text]) => /'br(\/|:)/.test(text))).toEqual([])
})

test('secrets that the vault holds are not overwritten by a deployment', async (context) => {
  expect(checkSecretsAreKept(await template(context, 'core'))).toEqual([])
})

test('parameters with secrets are secure in every module', async (context) => {
  expect(checkSecureParameters(await template(context, 'core'))).toEqual([])
})

test.for(['identity', 'core'] as const)(
  'no output of layer %s is a secret',
  async (layer, context) => {
    expect(checkOutputs(await template(context, layer))).toEqual([])
  },
)

test('members of a closed type of settings are all optional texts', async (context) => {
  const { definitions } = await template(context, 'core')
  const members = Object.values(definitions?.['furtherSettings']?.properties ?? {})
  expect(members.length).toBeGreaterThan(10)
  expect(new Set(members.map((member) => JSON.stringify(member)))).toEqual(
    new Set(['{"type":"string","nullable":true}']),
  )
  expect(definitions?.['furtherSettings']).toMatchObject({ additionalProperties: false })
})

test('every setting of the schema can be set', async (context) => {
  const { definitions } = await template(context, 'core')
  const members = Object.keys(definitions?.['furtherSettings']?.properties ?? {})
  expect(checkReach(coreDeployments.map(committed), members, settingsTable)).toEqual([])
})

test('core declares no resource group, so that azd down does not delete it twice', async (context) => {
  const groups = (inner: ArmTemplate): boolean[] =>
    Object.values(inner.resources ?? {})
      .filter(({ type }) => type === 'Microsoft.Resources/resourceGroups')
      .map(({ existing }) => existing === true)
  expect(allTemplates(await template(context, 'core')).flatMap(groups)).toEqual([true])
  expect(allTemplates(await template(context, 'identity')).flatMap(groups)).toEqual([false])
})

test('a misspelt property of the registration is reported', async (context) => {
  const files = await copyTemplates(await requireCompiler(context), project)
  try {
    const file = join(files.root, 'infra', 'identity', 'app-registration.bicep')
    await writeFile(file, (await readFile(file, 'utf8')).replace('logoutUrl:', 'logoutUrI:'))
    const run = await files.compiler.run('lint', file)
    expect(run.exitCode).toBe(0)
    expect(run.stderr).toMatch(/Warning BCP089: The property "logoutUrI" is not allowed/)
  } finally {
    await files.dispose()
  }
})
