export interface StartArguments {
  /** Opens the demo app in a browser. */
  readonly open: boolean
  /** Keeps tables and the vault's secrets in .local/ between starts. */
  readonly persist: boolean
  /** Serves the functions over https with a certificate of this machine's own. */
  readonly https: boolean
  /** Signs in with the tenant of local.settings.json instead of the emulated one. */
  readonly entra: boolean
  /** One JSON object a line, for programs. */
  readonly json: boolean
}

export const usage = `npm start -- [options]

  --open      open the demo app in a browser
  --persist   keep tables and secrets in .local/ between starts
  --https     serve the functions over https (certificate made on this machine)
  --entra     sign in with the tenant of local.settings.json, not the emulated one
  --json      one JSON object a line, for programs`

const names = ['open', 'persist', 'https', 'entra', 'json'] as const

/** Reads the command line. Throws with the usage where it does not understand it. */
export function parseArguments(args: readonly string[]): StartArguments {
  const known = new Set<string>(names.map((name) => `--${name}`))
  const unknown = args.find((argument) => !known.has(argument))
  if (unknown !== undefined) throw new Error(`unknown option "${unknown}"\n\n${usage}`)
  const has = (name: (typeof names)[number]): boolean => args.includes(`--${name}`)
  return {
    open: has('open'),
    persist: has('persist'),
    https: has('https'),
    entra: has('entra'),
    json: has('json'),
  }
}
