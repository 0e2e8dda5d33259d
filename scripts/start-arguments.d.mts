export const usage: string

/** What the command line of `npm start` says. */
export interface StartArguments {
  /** Opens the demo app in a browser. */
  readonly open: boolean
  /** Keeps everything that the stack remembers in .local/ between starts. */
  readonly persist: boolean
  /** Serves the functions over https with a certificate of this machine's own. */
  readonly https: boolean
  /** Signs in with the tenant of the settings instead of the emulated one. */
  readonly entra: boolean
  /** One JSON object a line, for programs. */
  readonly json: boolean
  /** Where the functions listen, whatever the settings say. */
  readonly port?: number
  readonly help?: true
  readonly version?: true
}

export function readStartArguments(args: readonly string[]): StartArguments
export function optionsTakenByNpm(env: Readonly<Record<string, string | undefined>>): string[]
