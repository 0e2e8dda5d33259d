/** The command line of `npm start`. Uses nothing but Node: it is read before any package is installed. */
import { nearest } from './nearest.mjs'

const flags = {
  open: 'open the demo app in a browser',
  persist: 'keep users, sign-ins, sessions and secrets in .local/ between starts',
  https: 'serve the functions over https (certificate made on this machine)',
  entra: 'sign in with the tenant of your settings, not the emulated one',
  json: 'one JSON object a line, for programs',
}

/** What `--help` prints. */
export const usage = `npm start -- [options]

${Object.entries(flags)
  .map(([name, meaning]) => row(`--${name}`, meaning))
  .join('\n')}
${row('--port N', 'where the functions listen (default 7071)')}
${row('--help', 'this text')}
${row('--version', 'the version of this project')}

Settings come from the environment, else from local.settings.json, else they have their defaults.`

function row(option, meaning) {
  return `  ${option.padEnd(11)} ${meaning}`
}

const names = [...Object.keys(flags), 'port', 'help', 'version'].map((name) => `--${name}`)

/**
 * Reads the options; throws an Error that says what is wrong with them, the nearest right name included.
 */
export function readStartArguments(args) {
  const read = Object.fromEntries(Object.keys(flags).map((name) => [name, false]))
  const rest = [...args]
  while (rest.length > 0) {
    const argument = rest.shift()
    const [option, inline] = argument.split('=', 2)
    if (option === '--port') read.port = portOf(inline ?? rest.shift())
    else if (argument === '--help' || argument === '-h') read.help = true
    else if (argument === '--version' || argument === '-v') read.version = true
    else if (Object.hasOwn(flags, argument.slice(2)) && argument.startsWith('--'))
      read[argument.slice(2)] = true
    else throw new Error(unknownOption(argument))
  }
  return read
}

function portOf(text) {
  const port = Number(text)
  if (/^\d+$/.test(text ?? '') && port >= 1 && port <= 65_535) return port
  throw new Error('"--port" needs a number from 1 to 65535')
}

function unknownOption(argument) {
  const meant = nearest(argument, names)
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  return `unknown option "${argument}"${hint}\n\n${usage}`
}

/** Options that npm took for its own because `--` was missing: `npm start --https`. */
export function optionsTakenByNpm(env) {
  return Object.keys(flags)
    .filter((name) => name !== 'json' && env[`npm_config_${name}`] === 'true')
    .map((name) => `--${name}`)
}
