import { join } from 'node:path'
import { startFunctionsHost } from '../../dev/functions-host/functions-host.ts'
import { projectRoot } from '../../dev/functions-host/project-root.ts'

/** A function of HTTP as the bundle registers it. */
export interface RegisteredFunction {
  readonly name: string
  /** A path that its route takes. */
  readonly path: string
  readonly route: string
}

/** What stands in a path for a parameter of the route: an id that nobody has, an API that there is. */
const parameters: Readonly<Record<string, string>> = {
  id: 'A'.repeat(43),
  upstream: 'demo',
  '*path': 'x',
}

/**
 * Every function of HTTP that the built bundle registers, so that a test over all of them misses none.
 * They are registered whatever the settings are, so it is loaded without any.
 */
export async function registeredFunctions(): Promise<readonly RegisteredFunction[]> {
  const host = await startFunctionsHost({ appDirectory: join(projectRoot(), 'dist'), env: {} })
  const functions = host.functions.map(({ name, route = name }) => ({
    name,
    route,
    path: `/${route.replaceAll(/\{([^}]+)\}/g, (_, parameter: string) => parameters[parameter]!)}`,
  }))
  await host.stop()
  return functions
}

/** Every method that a function lists. */
export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
