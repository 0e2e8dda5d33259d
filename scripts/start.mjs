/** `npm start`: packages where they are missing, a build, then the local stack. */
import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ensurePackages } from './ensure-packages.mjs'
import { optionsTakenByNpm, readStartArguments, usage } from './start-arguments.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const args = process.argv.slice(2)
const json = args.includes('--json')
// Whoever read the output is gone: nobody wants to hear of it.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1))
}

const options = read()
const taken = optionsTakenByNpm(process.env)
if (taken.length > 0) {
  console.error(`npm took ${taken.join(' ')} for itself: \`npm start -- ${taken.join(' ')}\``)
}
if (options.help) leave(usage)
if (options.version) leave(JSON.parse(readFileSync(`${root}package.json`, 'utf8')).version)
await ensurePackages(root)
process.chdir(root)

// esbuild is there only now.
const { buildDev } = await import('./build.mjs')
if (!json) console.log('Building ...')
await buildDev()
await import(pathToFileURL(`${root}.cache/dev/start.mjs`).href)

function read() {
  try {
    return readStartArguments(args)
  } catch (error) {
    const { message } = error
    if (json) console.log(JSON.stringify({ type: 'failure', message }))
    else console.error(message)
    return process.exit(1)
  }
}

function leave(text) {
  console.log(text)
  process.exit(0)
}
