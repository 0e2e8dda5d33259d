import type { HttpHandler, HttpMethod, TimerHandler } from '@azure/functions'
import type { BffCore } from './core.ts'
import { functionTable } from './function-table.ts'

/** The part of `app` of `@azure/functions` that registers functions. */
export interface FunctionsApp {
  http(
    name: string,
    options: {
      route: string
      methods: HttpMethod[]
      authLevel: 'anonymous'
      handler: HttpHandler
    },
  ): void
  timer(name: string, options: { schedule: string; handler: TimerHandler }): void
}

/** Which functions are registered, and where. */
export interface RegisterOptions {
  /** Whether browsers may call the APIs of `UPSTREAMS` (default true). */
  readonly proxy?: boolean
  /** Whether there are `health/live` and `health/ready` (default true). */
  readonly health?: boolean
  /** Whether the timer that deletes what has expired is registered (default: not for named ones). */
  readonly sweep?: boolean
  /** Where the sign-in endpoints lie; the redirect URI at Entra follows it. Default `auth`. */
  readonly authPath?: string
  /** Where the API proxy lies. Default `api`. */
  readonly apiPath?: string
}

// Everything listed: the host itself answers 404 for a method that a function does not list.
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/**
 * Registers the functions of a front end.
 * @internal
 */
export function register(app: FunctionsApp, core: BffCore, options: RegisterOptions): void {
  const { proxy = true, health = true } = options
  const { name: frontEnd } = core.frontEnd
  for (const { name, route, endpoint, options: how } of functionTable(core, { proxy, health }))
    app.http(name, {
      route,
      methods: [...methods],
      authLevel: 'anonymous',
      handler: core.handle(endpoint, how),
    })
  // Front ends of one app share their tables unless told otherwise: one sweep does for all.
  if (options.sweep ?? frontEnd === undefined)
    app.timer(frontEnd === undefined ? 'sweepExpired' : `${frontEnd}_sweepExpired`, {
      schedule: '0 */10 * * * *',
      handler: core.timer,
    })
}
