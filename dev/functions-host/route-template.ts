import { parseConstraint } from './route-constraints.ts'

interface Parameter {
  readonly name: string
  readonly catchAll: boolean
  readonly optional: boolean
  readonly defaultValue: string | undefined
  readonly constraints: readonly ((value: string) => boolean)[]
}

type Part = { readonly literal: string } | { readonly parameter: Parameter }
type Segment = readonly Part[]

export interface RouteTemplate {
  readonly text: string
  readonly segments: readonly Segment[]
}

/** Reads an ASP.NET route template. Throws where ASP.NET refuses it (and with it the whole host). */
export function parseRouteTemplate(text: string): RouteTemplate {
  const trimmed = text.replace(/^\/+|\/+$/g, '')
  const segments: Part[][] = [[]]
  let rest = trimmed
  while (rest !== '') {
    const [token] = /^(\/|\{\{|\}\}|\{(?:[^{}]|\{\{|\}\})*\}|[^/{}]+)/.exec(rest) ?? []
    if (token === undefined) throw new Error(`the route template "${text}" is malformed`)
    rest = rest.slice(token.length)
    if (token === '/') segments.push([])
    else segments.at(-1)?.push(parsePart(token))
  }
  if (trimmed !== '' && segments.some((segment) => segment.length === 0)) {
    throw new Error(`the route template "${text}" has an empty segment`)
  }
  return { text: trimmed, segments: trimmed === '' ? [] : segments }
}

function parsePart(token: string): Part {
  if (token === '{{' || token === '}}') return { literal: token.charAt(0) }
  if (!token.startsWith('{')) return { literal: token }
  const inner = token.slice(1, -1).replaceAll('{{', '{').replaceAll('}}', '}')
  const parts = /^(\*{0,2})([^:=?]+)((?::(?:\(.*\)|[^=?(])+)*)(?:=(.*))?(\??)$/s.exec(inner)
  if (parts === null) throw new Error(`the route parameter "${token}" is malformed`)
  const [, stars, name = '', constraints = '', defaultValue, optional] = parts
  return {
    parameter: {
      name,
      catchAll: stars !== '',
      optional: optional === '?',
      defaultValue,
      constraints: splitConstraints(constraints).map(parseConstraint),
    },
  }
}

function splitConstraints(text: string): string[] {
  return text.match(/[^:(]+(?:\(.*?\)(?=:|$))?/gs) ?? []
}

/**
 * Matches a decoded path as ASP.NET does: literals in any case, one trailing slash ignored, an empty
 * segment matches nothing but the inside of a catch-all. Returns the parameters, or undefined.
 */
export function matchRoute(
  template: RouteTemplate,
  path: string,
): Record<string, string> | undefined {
  const values: Record<string, string> = {}
  const full = path.slice(1)
  const requested = full === '' ? [] : full.replace(/\/$/, '').split('/')
  let position = 0
  for (const [index, segment] of template.segments.entries()) {
    const catchAll = catchAllOf(segment)
    const text = requested[index]
    if (catchAll !== undefined) {
      if (text === '') return undefined
      if (!store(values, catchAll, full.slice(position))) return undefined
      return values
    }
    if (text === '' || !matchSegment(segment, text, values)) return undefined
    position += (text?.length ?? 0) + 1
  }
  return requested.length > template.segments.length ? undefined : values
}

function catchAllOf(segment: Segment): Parameter | undefined {
  const [part] = segment
  return part !== undefined && 'parameter' in part && part.parameter.catchAll
    ? part.parameter
    : undefined
}

function matchSegment(
  segment: Segment,
  text: string | undefined,
  values: Record<string, string>,
): boolean {
  const [part] = segment
  if (part === undefined) return false
  if (segment.length === 1 && 'parameter' in part) return store(values, part.parameter, text ?? '')
  if (text === undefined) return false
  if (segment.length === 1 && 'literal' in part) return equalsIgnoringCase(part.literal, text)
  return matchParts(segment, text, values) || matchWithoutOptional(segment, text, values)
}

/** `{a}.{b}`: the rightmost separator counts, so the parameter on its left is greedy. */
function matchParts(segment: Segment, text: string, values: Record<string, string>): boolean {
  const pattern = segment
    .map((part) => ('literal' in part ? escape(part.literal) : '(.+)'))
    .join('')
  const match = new RegExp(`^${pattern}$`, 'is').exec(text)
  if (match === null) return false
  const parameters = segment.flatMap((part) => ('parameter' in part ? [part.parameter] : []))
  return parameters.every((parameter, index) => store(values, parameter, match[index + 1] ?? ''))
}

/** `{a}.{b?}` matches `x` too: the separator before an absent optional parameter may be missing. */
function matchWithoutOptional(
  segment: Segment,
  text: string,
  values: Record<string, string>,
): boolean {
  const last = segment.at(-1)
  if (last === undefined || !('parameter' in last) || !last.parameter.optional) return false
  return matchParts(segment.slice(0, -2), text, values)
}

function store(values: Record<string, string>, parameter: Parameter, text: string): boolean {
  const value = text === '' ? parameter.defaultValue : text
  if (value === undefined) return parameter.optional || parameter.catchAll
  if (!parameter.constraints.every((accepts) => accepts(value))) return false
  values[parameter.name] = value
  return true
}

function equalsIgnoringCase(first: string, second: string): boolean {
  return first.toUpperCase() === second.toUpperCase()
}

function escape(literal: string): string {
  return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
