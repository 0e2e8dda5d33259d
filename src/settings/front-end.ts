/**
 * One front end of a Functions app: which of its own settings it reads, and below which paths its
 * functions are reached. Paths have no slash at either end.
 */
export interface FrontEnd {
  /** Undefined for the only one, or for the one that the settings without a prefix describe. */
  readonly name: string | undefined
  readonly authPath: string
  readonly apiPath: string
}

/** The environment: names of settings and of what the platform sets, with their texts. */
export type Environment = Readonly<Record<string, string | undefined>>

const namePattern = /^[a-z][a-z0-9]{0,15}$/
const pathPattern = /^[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)*$/

/**
 * Describes a front end. Throws a `TypeError` for a name or path that the platform or a cookie would
 * not take: the host keeps routes that begin with `admin` or `runtime` for itself.
 */
export function frontEnd(
  options: {
    readonly name?: string | undefined
    readonly authPath?: string | undefined
    readonly apiPath?: string | undefined
  } = {},
): FrontEnd {
  const { name } = options
  if (name !== undefined && !namePattern.test(name))
    throw new TypeError('"name" must be 1 to 16 lower-case letters and digits, a letter first')
  const below = name === undefined ? '' : `${name}/`
  const { authPath = `${below}auth`, apiPath = `${below}api` } = options
  for (const [option, path] of Object.entries({ authPath, apiPath })) {
    if (!pathPattern.test(path))
      throw new TypeError(`"${option}" must be a path of lower-case segments, like "shop/auth"`)
    if (/^(admin|runtime)/.test(path))
      throw new TypeError(
        `"${option}" must not begin with "admin" or "runtime": the Functions host keeps such routes for itself; give "authPath" and "apiPath"`,
      )
  }
  return { name, authPath, apiPath }
}

/** The name under which the environment has a setting of a front end: its own, else the common one. */
export function settingName(env: Environment, name: string, { name: of }: FrontEnd): string {
  const own = `${of?.toUpperCase()}_${name}`
  return of !== undefined && env[own]?.trim() ? own : name
}
