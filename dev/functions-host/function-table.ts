import type { FunctionMetadata } from './rpc.ts'
import { matchRoute, parseRouteTemplate, type RouteTemplate } from './route-template.ts'
import { parseSchedule, type Schedule } from './schedule.ts'

export interface HttpFunction {
  readonly name: string
  readonly functionId: string
  readonly bindingName: string
  /** Upper case. */
  readonly methods: readonly string[]
  readonly route: string
  readonly template: RouteTemplate
  readonly disabled: boolean
}

export interface TimerFunction {
  readonly name: string
  readonly functionId: string
  readonly bindingName: string
  readonly schedule: Schedule
}

export interface FunctionTable {
  /** In the order in which routes are tried: by function name, without regard to case. */
  readonly http: readonly HttpFunction[]
  readonly timers: readonly TimerFunction[]
  /** Functions left out, each with the reason. */
  readonly mistakes: readonly string[]
  /** Present where one route takes the whole host down: everything then answers 503. */
  readonly fatal: string | undefined
}

export interface TableOptions {
  readonly routePrefix: string
  readonly setting: (name: string) => string | undefined
}

const validName = /^[a-z][a-z0-9_-]{0,127}$/i

/** Sorts an app's functions into routes and timers, and leaves out those that the real host refuses. */
export function createFunctionTable(
  functions: readonly FunctionMetadata[],
  options: TableOptions,
): FunctionTable {
  const http: HttpFunction[] = []
  const timers: TimerFunction[] = []
  const mistakes: string[] = []
  let fatal: string | undefined
  for (const metadata of [...functions].sort(byName)) {
    try {
      if (!validName.test(metadata.name)) throw new Error('its name is not valid')
      const timer = toTimerFunction(metadata, options)
      if (timer !== undefined) timers.push(timer)
      const candidate = toHttpFunction(metadata, options)
      if (candidate === undefined) continue
      refuseConflict(candidate, http)
      http.push({ ...candidate, template: parseTemplate(candidate.route) })
    } catch (error) {
      const reason = `The '${metadata.name}' function is in error: ${(error as Error).message}`
      if (error instanceof UnusableTemplate) fatal = reason
      mistakes.push(reason)
    }
  }
  return { http, timers, mistakes, fatal }
}

/** A template that ASP.NET cannot read stops the real host for good. */
class UnusableTemplate extends Error {}

function parseTemplate(route: string): RouteTemplate {
  try {
    return parseRouteTemplate(route)
  } catch (error) {
    throw new UnusableTemplate((error as Error).message, { cause: error })
  }
}

function toHttpFunction(
  metadata: FunctionMetadata,
  { routePrefix, setting }: TableOptions,
): Omit<HttpFunction, 'template'> | undefined {
  const found = Object.entries(metadata.bindings).find(([, { type }]) => type === 'httpTrigger')
  if (found === undefined) return undefined
  const [bindingName, binding] = found
  const own = (binding.route?.trim() || metadata.name).replace(/^\/+/, '')
  // The real host looks at how the function's own route begins, with no regard to the prefix.
  if (/^(admin|runtime)/i.test(own)) {
    throw new Error(`the route "${own}" conflicts with a built-in route`)
  }
  const route = [routePrefix, own].filter((part) => part !== '').join('/')
  return {
    name: metadata.name,
    functionId: metadata.functionId,
    bindingName,
    methods: (binding.methods ?? []).map((method) => method.toUpperCase()),
    route,
    disabled: isDisabled(metadata.name, setting),
  }
}

function toTimerFunction(
  metadata: FunctionMetadata,
  { setting }: TableOptions,
): TimerFunction | undefined {
  const found = Object.entries(metadata.bindings).find(([, { type }]) => type === 'timerTrigger')
  if (found === undefined || isDisabled(metadata.name, setting)) return undefined
  const [bindingName, { schedule = '' }] = found
  const text = schedule.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = setting(name)
    if (value === undefined) throw new Error(`'%${name}%' does not resolve to a value`)
    return value
  })
  const { name, functionId } = metadata
  return { name, functionId, bindingName, schedule: parseSchedule(text) }
}

function refuseConflict(
  candidate: Pick<HttpFunction, 'route' | 'methods'>,
  earlier: readonly HttpFunction[],
): void {
  const taken = earlier.find(
    ({ route, methods }) =>
      route.toUpperCase() === candidate.route.toUpperCase() &&
      methods.some((method) => candidate.methods.includes(method)),
  )
  if (taken !== undefined) {
    throw new Error(`its route "${candidate.route}" conflicts with that of '${taken.name}'`)
  }
}

function isDisabled(name: string, setting: TableOptions['setting']): boolean {
  const value = setting(`AzureWebJobs.${name}.Disabled`) ?? setting(`AzureWebJobs_${name}_Disabled`)
  return value !== undefined && /^(true|1)$/i.test(value)
}

/** Ordinal without regard to case, as .NET's OrdinalIgnoreCase: digits and `-`, letters, `_`. */
function byName(first: FunctionMetadata, second: FunctionMetadata): number {
  const [a, b] = [first.name.toUpperCase(), second.name.toUpperCase()]
  return a < b ? -1 : Number(a > b)
}

export interface RouteMatch {
  readonly function: HttpFunction
  readonly params: Readonly<Record<string, string>>
}

/** Finds the first function, by name, whose methods and route fit. */
export function findFunction(
  table: FunctionTable,
  method: string,
  path: string,
): RouteMatch | undefined {
  for (const candidate of table.http) {
    if (!candidate.methods.includes(method)) continue
    const params = matchRoute(candidate.template, path)
    if (params !== undefined) return { function: candidate, params }
  }
  return undefined
}

/** Tells whether a function has this path, be it for other methods. */
export function hasRoute(table: FunctionTable, path: string): boolean {
  return table.http.some(({ template }) => matchRoute(template, path) !== undefined)
}
