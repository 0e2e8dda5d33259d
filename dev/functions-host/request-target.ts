import { percentDecode } from './percent-decode.ts'

export interface RequestTarget {
  /** Decoded once, dot segments resolved: what routes are matched against. */
  readonly path: string
  /** The path as it stands in `request.url` of a buffered function. */
  readonly urlPath: string
  /** Raw, with its question mark, or empty. */
  readonly query: string
}

const slash = 0x2f

/**
 * Reads the target of a request line as Kestrel and the host do. `%2F` stays encoded, so that
 * `%252F` becomes the same text. Returns undefined where Kestrel answers 400.
 */
export function parseRequestTarget(target: string, host: string): RequestTarget | undefined {
  const absolute = /^https?:\/\/([^/?]*)(.*)$/i.exec(target)
  if (absolute !== null && absolute[1] !== host) return undefined
  const origin = absolute === null ? target : absolute[2] === '' ? '/' : (absolute[2] ?? '/')
  if (!origin.startsWith('/') || /[^\x21-\x7e]/.test(origin)) return undefined
  const mark = origin.indexOf('?')
  const raw = mark < 0 ? origin : origin.slice(0, mark)
  const query = mark < 0 ? '' : origin.slice(mark).replaceAll('#', '%23')
  if (raw.includes('%00')) return undefined
  const path = removeDotSegments(percentDecode(raw, [slash]))
  return { path, urlPath: encodePath(path), query }
}

/** RFC 3986 §5.2.4, on the decoded path; empty segments stay. */
function removeDotSegments(path: string): string {
  const output: string[] = []
  const segments = path.split('/').slice(1)
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '..') output.pop()
    else if (segment !== '.') output.push(segment)
    if (last && (segment === '..' || segment === '.')) output.push('')
  }
  return `/${output.join('/')}`
}

/** PathString.ToUriComponent of ASP.NET: what looks like an escape already is left alone. */
function encodePath(path: string): string {
  return path
    .replace(/%(?![0-9a-f]{2})/gi, '%25')
    .replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]+/g, encodeURIComponent)
}

/**
 * The copy of the query that the host hands over beside the URL: names merged without regard to
 * case, repeated values joined with a comma.
 */
export function collapseQuery(query: string): Record<string, string> {
  const values = new Map<string, { name: string; value: string }>()
  for (const pair of query.slice(1).split('&')) {
    if (pair === '') continue
    const [name = '', ...rest] = pair.split('=')
    const decodedName = decode(name)
    const value = decode(rest.join('='))
    const known = values.get(decodedName.toUpperCase())
    if (known === undefined) values.set(decodedName.toUpperCase(), { name: decodedName, value })
    else known.value += `,${value}`
  }
  return Object.fromEntries([...values.values()].map(({ name, value }) => [name, value]))
}

function decode(text: string): string {
  return percentDecode(text.replaceAll('+', ' '))
}
