import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { functionTable } from '../../src/function-table.ts'
import { frontEnd } from '../../src/settings/front-end.ts'
import { project } from './bicep.ts'

type Layer = 'identity' | 'core'

const layers = ['identity', 'core'] as const
const read = (path: string): string => readFileSync(join(project, path), 'utf8')

/** Variable of the azd environment that fills each parameter, and the default beside it. */
interface Source {
  readonly parameter: string
  readonly variable: string
  readonly fallback: string | undefined
}

function sources(layer: Layer): Source[] {
  const { parameters } = JSON.parse(read(`infra/${layer}/main.parameters.json`)) as {
    parameters: Record<string, { value: string }>
  }
  return Object.entries(parameters).map(([parameter, { value }]) => {
    const [, variable = '', fallback] = /^\$\{([A-Z0-9_]+)(?:=(.*))?\}$/.exec(value) ?? []
    return { parameter, variable, fallback }
  })
}

const declared = (layer: Layer): string[] =>
  [...read(`infra/${layer}/main.bicep`).matchAll(/^param (\w+) /gm)].map(([, name = '']) => name)
const outputs = (layer: Layer): string[] =>
  [...read(`infra/${layer}/main.bicep`).matchAll(/^output (\w+) /gm)].map(([, name = '']) => name)

/** Variables that azd itself fills. */
const ofAzd = ['AZURE_ENV_NAME', 'AZURE_LOCATION', 'AZURE_PRINCIPAL_ID', 'AZURE_PRINCIPAL_TYPE']
/** Filled by the deployment itself, or no variable because it is a secret. */
const notSet = ['sessionKeySeed']

test.each(layers)('every parameter of layer %s can be set through azd', (layer) => {
  const filled = sources(layer).map(({ parameter }) => parameter)
  expect(filled.sort()).toEqual(
    declared(layer)
      .filter((name) => !notSet.includes(name))
      .sort(),
  )
})

test.each(layers)('the value of every parameter of layer %s is one variable', (layer) => {
  expect(sources(layer).filter(({ variable }) => variable === '')).toEqual([])
})

test.each(layers)(
  'an empty variable means the default where layer %s accepts no empty text',
  (layer) => {
    // A pipeline sets what is absent to an empty text, which azd passes on in place of a default.
    const text = read(`infra/${layer}/main.bicep`)
    for (const { parameter, fallback } of sources(layer)) {
      const value = new RegExp(`^param ${parameter} string = '(.+)'$`, 'm').exec(text)?.[1]
      expect({ parameter, fallback }).toEqual({ parameter, fallback: value })
    }
  },
)

test('no output overwrites a variable that somebody sets', () => {
  const set = (layer: Layer): string[] => sources(layer).map(({ variable }) => variable)
  expect(outputs('identity').filter((name) => set('identity').includes(name))).toEqual([])
  expect(
    outputs('core').filter((name) => [...set('identity'), ...set('core')].includes(name)),
  ).toEqual([])
})

test('core gets from identity what only identity knows', () => {
  const handed = sources('core')
    .map(({ variable }) => variable)
    .filter((variable) => outputs('identity').includes(variable))
  expect(handed).toEqual([
    'AZURE_RESOURCE_GROUP',
    'IDENTITY_NAME',
    'IDENTITY_PRINCIPAL_ID',
    'IDENTITY_CLIENT_ID',
    'FUNCTION_APP_NAME',
    'ENTRA_CLIENT_ID',
  ])
})

const settable = [
  // Read by the hook that makes the client secret.
  'CLIENT_SECRET_DAYS',
  ...new Set(
    layers
      .flatMap(sources)
      .map(({ variable }) => variable)
      .filter(
        (variable) =>
          !ofAzd.includes(variable) &&
          !outputs('identity').includes(variable) &&
          variable !== 'CLIENT_SECRET',
      ),
  ),
].sort()

test('a pipeline hands on every variable that can be set', () => {
  const azure = read('azure.yaml')
  const listed = azure.slice(azure.indexOf('  variables:')).match(/(?<=^ +- )\w+$/gm)
  expect(listed).toEqual(settable)
  const workflow = read('.github/workflows/azure-dev.yml')
  const mapped = [...workflow.matchAll(/^ +(\w+): \$\{\{ vars\.(\w+)/gm)]
  for (const [, name, source] of mapped) expect(name).toBe(source)
  expect(mapped.map(([, name]) => name)).toEqual(expect.arrayContaining(settable))
})

test('azure.yaml names folders and scripts that exist, relative to their layer', () => {
  const azure = read('azure.yaml')
  const paths = [...azure.matchAll(/^ +path: (\S+)$/gm)].map(([, path = '']) => path)
  expect(paths).toEqual(['infra/identity', 'infra/core'])
  const hooks = [...azure.matchAll(/^( *)(?:- )?run: (\S+)$/gm)].map(([, indent = '', run = '']) =>
    resolve(project, indent.length > 4 ? 'infra/core' : '.', run),
  )
  expect(hooks.map((hook) => hook.slice(resolve(project).length + 1))).toEqual([
    'scripts/ensure-client-secret.ts',
    'scripts/write-local-settings.ts',
    'scripts/delete-app-registration.ts',
  ])
  expect(hooks.filter((hook) => !existsSync(hook))).toEqual([])
})

test('the packaged folder is that of the bundle, and Azure installs nothing', () => {
  expect(read('azure.yaml')).toMatch(/^ +dist: dist$/m)
  expect(read('azure.yaml')).toMatch(/^ +remoteBuild: false$/m)
  // azd reads it to decide on a remote build, and refuses one that excludes node_modules.
  expect(existsSync(join(project, '.funcignore'))).toBe(false)
})

test('rules of the linter are spelt as the compiler knows them, and none is a warning', () => {
  const { analyzers } = JSON.parse(read('infra/bicepconfig.json')) as {
    analyzers: { core: { enabled: boolean; rules: Record<string, { level: string }> } }
  }
  expect(analyzers.core.enabled).toBe(true)
  const levels = Object.values(analyzers.core.rules).map(({ level }) => level)
  expect(new Set(levels)).toEqual(new Set(['error', 'off']))
})

test('the compiler that is restored is the one that snapshots are made with', async () => {
  const { pinnedVersion } = await import('./check/compiler.ts')
  expect(read('tools/bicep/bicep.csproj')).toContain(`Version="[${pinnedVersion}]"`)
  expect(read('tools/bicep/README.md')).toContain(pinnedVersion)
})

test('the host says nothing of a call that went well, and every audit line stays', () => {
  const { logging } = JSON.parse(read('host.json')) as {
    logging: { logLevel: Record<string, string> }
  }
  const endpoint = (): never => expect.unreachable()
  const parts = { frontEnd: frontEnd(), settings: undefined, live: endpoint, ready: endpoint }
  const functions = functionTable(parts, { proxy: true, health: true }).map(({ name }) => name)
  const expected = [...functions, 'sweepExpired'].flatMap((name) => [
    // "Executing" and "Executed" of the host: the row of requests says the same.
    [`Function.${name}`, 'Warning'],
    [`Function.${name}.User`, 'Information'],
  ])
  // Rows of requests are Host.Results, which stays with the default.
  expect(logging.logLevel).toEqual({ default: 'Information', ...Object.fromEntries(expected) })
})

test('lines of the audit log are never sampled away', () => {
  const { logging } = JSON.parse(read('host.json')) as {
    logging: { applicationInsights: { samplingSettings: { excludedTypes: string } } }
  }
  const excluded = logging.applicationInsights.samplingSettings.excludedTypes.split(';')
  expect(excluded).toEqual(expect.arrayContaining(['Trace', 'Exception', 'Request']))
})
