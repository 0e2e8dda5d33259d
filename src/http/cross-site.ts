import { BffError } from '../base/errors.ts'
import { type IncomingRequest, header } from './messages.ts'
import { isTopLevelNavigation } from './navigation.ts'

/**
 * Refuses what did not come from a page of this app (draft-ietf-oauth-browser-based-apps
 * §6.1.3.3): Fetch Metadata first, then Origin, then the custom header that no form, image or
 * beacon can carry. Runs before any cookie is read.
 */
export function requireAntiForgery(request: IncomingRequest, origins: readonly string[]): void {
  refuseForeignRequest(request, origins)
  if (header(request, 'x-csrf') !== '1')
    throw new BffError('csrf_failed', '"x-csrf" header missing or not "1"', { check: 'header' })
}

/**
 * Like `requireAntiForgery`, but a person who types the address, and a same-origin page, may read
 * without the header. Tells which it was: only a proven request of the SPA may slide a session.
 */
export function requireReadable(
  request: IncomingRequest,
  origins: readonly string[],
): { readonly proven: boolean } {
  if (header(request, 'x-csrf') === '1') {
    refuseForeignRequest(request, origins)
    return { proven: true }
  }
  const site = header(request, 'sec-fetch-site')
  const navigation = isTopLevelNavigation(request)
  if (site === 'cross-site' && !navigation)
    throw new BffError('csrf_failed', '"sec-fetch-site" is cross-site', { check: 'fetch-site' })
  refuseForeignOrigin(request, origins)
  const own = site === undefined || site === 'none' || site === 'same-origin'
  const origin = header(request, 'origin')
  if ((own || navigation) && (origin === undefined || origin === origins[0]))
    return { proven: false }
  throw new BffError('csrf_failed', '"x-csrf" header missing or not "1"', { check: 'header' })
}

/**
 * Refuses a form that another site posted: no script runs on our page, so there is no custom
 * header, but every browser names the origin of a POST.
 */
export function requireOwnForm(request: IncomingRequest, ownOrigin: string): void {
  const site = header(request, 'sec-fetch-site')
  if (site !== undefined && site !== 'same-origin')
    throw new BffError('csrf_failed', '"sec-fetch-site" is not same-origin', {
      check: 'fetch-site',
    })
  if (header(request, 'origin') !== ownOrigin)
    throw new BffError('csrf_failed', '"origin" is not our own', { check: 'origin' })
}

/**
 * Refuses a call of a function that did not come from a page of this app: by the header where it is
 * asked for, else by what browsers say themselves of where a request comes from.
 */
export function requireOwnCall(
  request: IncomingRequest,
  origins: readonly string[],
  by: { readonly header: boolean },
): void {
  if (by.header) return requireAntiForgery(request, origins)
  refuseForeignRequest(request, origins)
  // Every browser names the origin of what is not merely read.
  const reads = request.method === 'GET' || request.method === 'HEAD'
  if (!reads && header(request, 'origin') === undefined)
    throw new BffError('csrf_failed', '"origin" is missing', { check: 'origin' })
}

function refuseForeignRequest(request: IncomingRequest, origins: readonly string[]): void {
  const site = header(request, 'sec-fetch-site')
  if (site === 'cross-site')
    throw new BffError('csrf_failed', '"sec-fetch-site" is cross-site', { check: 'fetch-site' })
  refuseForeignOrigin(request, origins)
  // A page of a sibling origin always sends its Origin with a request that has a custom header.
  if (site === 'same-site' && header(request, 'origin') === undefined)
    throw new BffError('csrf_failed', '"origin" is missing', { check: 'origin' })
}

function refuseForeignOrigin(request: IncomingRequest, origins: readonly string[]): void {
  const origin = header(request, 'origin')
  if (origin !== undefined && !origins.includes(origin))
    throw new BffError('csrf_failed', '"origin" is not one of this app', { check: 'origin' })
}
