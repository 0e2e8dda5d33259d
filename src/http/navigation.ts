import { BffError } from '../base/errors.ts'
import { type IncomingRequest, header } from './messages.ts'

/**
 * What counts as a person who goes to a page of ours (Fetch Metadata Request Headers), by
 * `Sec-Fetch-Mode` and then `Sec-Fetch-Dest`; a header that is absent is no reason to refuse, for old
 * browsers send neither. `document` is the browser itself. `empty` is a service worker that passes a
 * navigation on: untouched it keeps the mode `navigate`, which no script can set; with an option of its
 * own, such as a `signal`, it becomes `same-origin`. Everything else stays refused: frames, objects,
 * images, scripts' fetches.
 */
export const navigations: Readonly<Record<string, readonly string[]>> = {
  navigate: ['document', 'empty'],
  'same-origin': ['empty'],
}

/**
 * Refuses what is not a top-level navigation, or only a guess at one. No side effect yet. A worker's
 * request that comes from `anySite` is for the callback: state and binding prove what the site does not.
 */
export function requireNavigation(
  request: IncomingRequest,
  from: { readonly anySite?: boolean } = {},
): void {
  if (!isNavigation(request, from.anySite ?? false) || isSpeculative(request))
    throw new BffError('not_a_navigation', 'the request is not a navigation')
}

/** Tells a navigation that the browser names as one: modes that are absent do not count. */
export function isTopLevelNavigation(request: IncomingRequest): boolean {
  const destination = header(request, 'sec-fetch-dest') ?? ''
  return (
    header(request, 'sec-fetch-mode') === 'navigate' &&
    navigations['navigate']!.includes(destination)
  )
}

/**
 * Tells whether a refusal is read by a person: a browser asks for HTML and says, where it says
 * anything, that it navigates. Programs get a problem document.
 */
export function wantsPage(request: IncomingRequest): boolean {
  const mode = header(request, 'sec-fetch-mode')
  const accepted = header(request, 'accept') ?? ''
  return (mode === undefined || mode === 'navigate') && /\btext\/html\b/i.test(accepted)
}

function isNavigation(request: IncomingRequest, anySite: boolean): boolean {
  const mode = header(request, 'sec-fetch-mode')
  const destination = header(request, 'sec-fetch-dest')
  const allowed = mode === undefined ? Object.values(navigations).flat() : navigations[mode]
  if (allowed === undefined) return false
  const site = header(request, 'sec-fetch-site')
  if (mode === 'same-origin' && !anySite && site !== 'same-origin') return false
  return destination === undefined || allowed.includes(destination)
}

/** Prefetch and prerender: nobody may ever see the page. */
function isSpeculative(request: IncomingRequest): boolean {
  const purpose = header(request, 'sec-purpose') ?? header(request, 'purpose') ?? ''
  return /prefetch|prerender|preview/i.test(purpose)
}
