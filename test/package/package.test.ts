import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { packedPackage, strangersApp } from '../support/packed-package.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const checkFolder = join(root, 'tools/package-check')
const hasChecks = () => existsSync(join(checkFolder, 'node_modules'))

let folder: string
beforeAll(async () => {
  folder = await strangersApp({ type: 'module' }, ['@azure/functions', '@types/node', 'typescript'])
}, 120_000)

const inPackage = (path: string) => join(folder, 'node_modules/entra-bff', path)

function run(file: string, text: string) {
  writeFileSync(join(folder, file), text)
  return spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' })
}

const probe = `
const registered = []
const app = { http: (name, { route }) => registered.push(route), timer: (name) => registered.push(name) }
createBff().register(app)
const bff = fakeBff({ user: { name: 'Ada' } })
const handler = bff.signedIn(async (_request, _context, { user }) => ({ body: user.name }))
handler(undefined, undefined).then(({ body }) => console.log(JSON.stringify({ registered, body })))
`

test.each([
  ['esm.mjs', "import { createBff } from 'entra-bff'\nimport { fakeBff } from 'entra-bff/testing'"],
  [
    'commonjs.cjs',
    "const { createBff } = require('entra-bff')\nconst { fakeBff } = require('entra-bff/testing')",
  ],
])('%s takes the package, registers its functions and uses the fake', (file, imports) => {
  const { stdout, stderr } = run(file, imports + probe)
  expect(stderr).toBe('')
  const { registered, body } = JSON.parse(stdout) as { registered: string[]; body: string }
  expect(registered).toEqual(
    expect.arrayContaining([
      'auth/login',
      'auth/callback',
      'api/{upstream}/{*path}',
      'sweepExpired',
    ]),
  )
  expect(body).toBe('Ada')
})

test('both kinds of import give the same classes, so that errors are recognized', () => {
  const { stdout } = run(
    'both.mjs',
    `import { createRequire } from 'node:module'
import { BffError } from 'entra-bff'
console.log(createRequire(import.meta.url)('entra-bff').BffError === BffError)`,
  )
  expect(stdout.trim()).toBe('true')
})

const typed = `import { app } from '@azure/functions'
import { createBff, type User } from 'entra-bff'
import { fakeBff } from 'entra-bff/testing'

const bff = createBff({ settings: { PUBLIC_URL: 'https://app.example.com' } })
bff.register(app, { proxy: false, authPath: 'auth' })
app.http('orders', {
  route: 'api/orders/{id}',
  methods: ['GET', 'POST'],
  authLevel: 'anonymous',
  handler: bff.signedIn(
    async (request, context, { user, session, api }) => {
      const known: User = user
      const me = await api('graph').fetch('me')
      const token: string = await api('orders').accessToken()
      context.log(session.expiresIn, token.length)
      return { jsonBody: { for: known.name, me: await me.json(), id: request.params['id'] } }
    },
    { roles: ['Orders.Read'], csrf: true },
  ),
})
app.http('hello', {
  handler: fakeBff().signedIn(async (_request, _context, { user }) => ({ body: user?.name ?? '' }), {
    optional: true,
  }),
})
`

describe.each([
  ['module', 'app.mts'],
  ['CommonJS', 'app.cts'],
])('types for %s', (_, file) => {
  const check = (text: string) => {
    writeFileSync(join(folder, file), text)
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022']
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    return spawnSync(process.execPath, [tsc, ...options, '--types', 'node', file], {
      cwd: folder,
      encoding: 'utf8',
    }).stdout
  }

  test('the example of the docs compiles, the declarations checked too', () => {
    expect(check(typed)).toBe('')
  })

  test('a misspelt setting and an unknown option do not compile', () => {
    expect(check(typed.replace('PUBLIC_URL', 'PUBLIC_ULR'))).toContain("'PUBLIC_ULR'")
    expect(check(typed.replace('roles:', 'role:'))).toContain("'role'")
  })
})

test('no production install gets more than the package: no dependencies, one peer', () => {
  const manifest = JSON.parse(readFileSync(inPackage('package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >
  expect(manifest['dependencies']).toBeUndefined()
  expect(Object.keys(manifest['peerDependencies']!)).toEqual(['@azure/functions'])
  expect(manifest['sideEffects']).toBe(false)
})

test('the package has source maps, and the licence of everything that is bundled', () => {
  const scripts = readdirSync(inPackage('lib'), { recursive: true, encoding: 'utf8' })
  const missing = scripts.filter((name) => name.endsWith('.js') && !scripts.includes(`${name}.map`))
  expect(missing).toEqual([])
  const notices = readFileSync(inPackage('THIRD-PARTY-NOTICES.txt'), 'utf8')
  const bill = JSON.parse(readFileSync(inPackage('sbom.cdx.json'), 'utf8')) as {
    components: { name: string; version: string }[]
  }
  expect(bill.components.length).toBeGreaterThan(5)
  for (const { name, version } of bill.components) expect(notices).toContain(`${name} ${version} (`)
})

/** The public declarations without their comments. */
function apiReport(): string {
  const files = readdirSync(inPackage('types'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.d.ts'))
    .map((name) => name.replaceAll('\\', '/'))
    .toSorted()
  return files
    .map((name) => {
      const text = readFileSync(inPackage(`types/${name}`), 'utf8')
      const bare = text.replaceAll(/^\s*\/\*\*[^]*?\*\/\n/gm, '')
      return `// ${name}\n${bare.trim()}\n`
    })
    .join('\n')
}

test('the public surface is the one of the report (UPDATE_DOCS=true rewrites it)', () => {
  const report = join(root, 'test/package/api-report.txt')
  const current = apiReport()
  if (process.env['UPDATE_DOCS'] === 'true') writeFileSync(report, current)
  else expect(current).toBe(readFileSync(report, 'utf8'))
})

describe('as other tools see it', () => {
  beforeAll(() => {
    if (hasChecks() || process.env['CI'] !== 'true') return
    execFileSync('npm', ['ci'], {
      cwd: checkFolder,
      stdio: 'ignore',
      shell: process.platform === 'win32',
    })
  }, 120_000)

  test.for([
    ['publint', ['node_modules/publint/src/cli.js', 'run', '--strict']],
    [
      'are-the-types-wrong',
      [
        'node_modules/@arethetypeswrong/cli/dist/index.js',
        // The client is for browsers, an ES module alone; what CommonJS requires is tried above.
        '--ignore-rules',
        'cjs-resolves-to-esm',
        '--profile',
        'node16',
      ],
    ],
  ] as const)('%s finds nothing', async ([, args], { skip }) => {
    if (!hasChecks()) skip('not installed: npm ci --prefix tools/package-check')
    const tarball = await packedPackage()
    const { status, stdout } = spawnSync(process.execPath, [...args, tarball], {
      cwd: checkFolder,
      encoding: 'utf8',
    })
    expect(status, stdout).toBe(0)
  })
})
