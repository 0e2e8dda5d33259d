/**
 * Makes sure that Node is new enough and that node_modules is what package-lock.json says. Uses
 * nothing but Node, since it runs before any package is installed.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const oldestNode = [20, 19]

/** Tells why this Node cannot run the project, or undefined. */
export function nodeMistake(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor, oldestMinor] = oldestNode
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined
  return `Node ${oldestNode.join('.')} or newer is needed, and this is ${version}: https://nodejs.org`
}

/** Tells why `npm ci` has to run in `root`, or undefined where all packages are in place. */
export function packagesMistake(root) {
  const wanted = readPackages(join(root, 'package-lock.json'))
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'))
  if (wanted === undefined) throw new Error(`${root} has no package-lock.json`)
  if (installed === undefined) return 'node_modules is missing'
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === '' || installed[path]?.version === version) continue
    // What is made for another platform is left out on this one.
    if (optional && installed[path] === undefined) continue
    return 'node_modules is behind package-lock.json'
  }
  return undefined
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Errors are the user's, warnings about other people's packages are not. Without a network npm would try
 * for minutes.
 */
const npmOptions = [
  '--loglevel=error',
  '--no-audit',
  '--no-fund',
  '--fetch-retries=2',
  '--fetch-retry-mintimeout=500',
  '--fetch-retry-maxtimeout=2000',
]

/** Installs what is missing; ends the process with a message where that is not possible. */
export async function ensurePackages(root) {
  const wrongNode = nodeMistake(process.versions.node)
  if (wrongNode !== undefined) fail(wrongNode)
  const reason = packagesMistake(root)
  if (reason === undefined) return
  // Programs read the output of `npm start -- --json`: it has to be JSON from the first line on.
  const json = process.argv.includes('--json')
  const say = json ? console.error : console.log
  say(`${reason}: running npm ci`)
  const stdio = ['inherit', json ? process.stderr : 'inherit', 'inherit']
  // With NODE_ENV=production npm would leave the development packages out.
  const exitCode = await npm(['ci', '--include=dev', ...npmOptions], { cwd: root, stdio })
  if (exitCode !== 0) {
    fail('npm ci failed; see above. It needs the network once, to reach the package registry.')
  }
}

/** Resolves to npm's exit code. What ends this process meanwhile ends npm first. */
async function npm(args, options) {
  // Under `npm start` npm says where it is, which works on Windows too.
  const script = process.env.npm_execpath
  const child = script?.endsWith('.js')
    ? spawn(process.execPath, [script, ...args], options)
    : spawn('npm', args, { ...options, shell: process.platform === 'win32' })
  const forward = (signal) => child.kill(signal)
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, forward)
  const exitCode = await new Promise((resolve) => {
    child.once('error', () => resolve(1))
    child.once('exit', (code) => resolve(code ?? 1))
  })
  for (const signal of signals) process.off(signal, forward)
  return exitCode
}

function fail(message) {
  console.error(message)
  process.exit(1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ensurePackages(process.cwd())
