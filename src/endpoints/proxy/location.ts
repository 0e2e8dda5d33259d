import type { OutgoingCall } from '../../app/api-call/send.ts'

/** Where the URL of an API's answer leads, seen from the API's base. */
type Whereabouts = 'below' | 'listed' | 'elsewhere'

/** What may become of it. */
export const locationMeanings = {
  rewritten: 'becomes `/api/<name>/…`',
  kept: 'passed on as it is',
  'left out': 'left out, status and body are passed on',
  refused: '502 `upstream_invalid`',
} as const

type LocationOutcome = keyof typeof locationMeanings

/**
 * What becomes of a `Location`. A redirect that leaves the API would take the browser along; with any
 * other status the work is done, and an error would invite a repeat.
 */
export const locationOutcomes: Readonly<
  Record<
    Whereabouts,
    {
      readonly meaning: string
      readonly redirect: LocationOutcome
      readonly other: LocationOutcome
    }
  >
> = {
  below: {
    meaning: 'below `url`: the same host and port, http or https',
    redirect: 'rewritten',
    other: 'rewritten',
  },
  listed: { meaning: 'below one of `locations`', redirect: 'refused', other: 'kept' },
  elsewhere: { meaning: 'anywhere else, or no URL', redirect: 'refused', other: 'left out' },
}

/** Thrown for a redirect that leads away from the API. */
export class LeadsAway extends Error {}

/**
 * The value of a header that names a URL, for the browser: what lies below the API's base becomes
 * `/api/<name>/…`; undefined where it is not sent. Throws {@link LeadsAway}.
 */
export function locationForBrowser(
  value: string,
  isRedirect: boolean,
  call: OutgoingCall,
): string | undefined {
  const target = URL.canParse(value, call.url.href) ? new URL(value, call.url) : undefined
  const { redirect, other } = locationOutcomes[whereabouts(target, call)]
  switch (isRedirect ? redirect : other) {
    case 'rewritten':
      return target && ownPath(target, call)
    case 'kept':
      return target?.href
    case 'left out':
      return undefined
    default:
      throw new LeadsAway()
  }
}

function whereabouts(target: URL | undefined, { upstream }: OutgoingCall): Whereabouts {
  if (target === undefined) return 'elsewhere'
  if (isBelow(target, upstream.url)) return 'below'
  return upstream.locations.some((listed) => isBelow(target, listed)) ? 'listed' : 'elsewhere'
}

/** An API behind a proxy that ends TLS often writes http for its own https. */
function isBelow(target: URL, base: URL): boolean {
  return (
    (target.protocol === 'https:' || target.protocol === 'http:') &&
    target.hostname === base.hostname &&
    (target.port === base.port || target.port === portOf(base)) &&
    target.username === '' &&
    target.password === '' &&
    target.pathname.startsWith(base.pathname)
  )
}

function portOf({ port, protocol }: URL): string {
  return port || (protocol === 'https:' ? '443' : '80')
}

function ownPath(target: URL, { upstream }: OutgoingCall): string {
  const path = target.pathname.slice(upstream.url.pathname.length)
  return `/api/${upstream.name}/${path}${target.search}${target.hash}`
}
