// @ts-check

/**
 * @typedef {{id: string, tenantId: string, name: string | null, username: string | null, roles: string[]}} User
 * @typedef {{authenticated: true, user: User, expiresIn: number, idleExpiresIn: number, accessTokenExpiresIn: number | null, logoutUrl: string}} SignedIn
 * @typedef {{authenticated: false, loginUrl: string}} SignedOut
 * @typedef {SignedIn | SignedOut} Session
 * @typedef {{status: number, statusText: string, body: string, durationMs: number}} ApiAnswer
 */

/** A refusal of the BFF itself; `status` 0 and code `unreachable` where no answer came at all. */
export class BffError extends Error {
  /**
   * @param {string} code
   * @param {number} status
   * @param {{loginUrl?: string | undefined, correlationId?: string | undefined, retryAfter?: number | undefined}} details
   */
  constructor(code, status, details = {}) {
    super(code)
    this.name = 'BffError'
    this.code = code
    this.status = status
    this.details = details
  }
}

/** @param {{slide: boolean}} options whether asking counts as use and renews the session @returns {Promise<Session>} */
export async function readSession({ slide }) {
  const response = await send(slide ? '/auth/session' : '/auth/session?slide=false')
  return await response.json()
}

/** @returns {Promise<SignedIn>} */
export async function refresh() {
  const response = await send('/auth/refresh', { method: 'POST' })
  return await response.json()
}

/**
 * Ends the session and returns where to go next.
 * @param {{everywhere?: boolean}} options
 * @returns {Promise<string>}
 */
export async function signOut({ everywhere = false } = {}) {
  const body = JSON.stringify({ returnTo: '/signed-out', everywhere })
  const headers = { 'content-type': 'application/json' }
  const response = await send('/auth/logout', { method: 'POST', body, headers })
  const { logoutUrl } = await response.json()
  return logoutUrl ?? '/signed-out?of=app'
}

/** @param {string} path @returns {Promise<ApiAnswer>} what the API said, its own errors included */
export async function callApi(path) {
  const started = performance.now()
  const response = await send(path)
  const body = await response.text()
  const durationMs = Math.round(performance.now() - started)
  return { status: response.status, statusText: response.statusText, body, durationMs }
}

/** @param {string} loginUrl @param {string} returnTo */
export function loginUrlTo(loginUrl, returnTo) {
  const url = new URL(loginUrl, location.href)
  url.searchParams.set('returnTo', returnTo)
  return url.href
}

/** @param {string} path @param {{method?: string, body?: string, headers?: Record<string, string>}} init */
async function send(path, init = {}) {
  const headers = { ...init.headers, 'x-csrf': '1' }
  const response = await fetch(path, { ...init, headers, cache: 'no-store' }).catch(() => {
    throw new BffError('unreachable', 0)
  })
  // The API's own errors are answers; what lacks this header was refused by the BFF.
  if (response.ok || response.headers.has('x-upstream')) return response
  throw await problemOf(response)
}

/** @param {Response} response */
async function problemOf(response) {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json')
  const problem = isProblem ? await response.json() : {}
  const retryAfter = Number(response.headers.get('retry-after')) || undefined
  return new BffError(problem.code ?? 'unexpected_answer', response.status, {
    loginUrl: problem.loginUrl,
    correlationId: problem.correlationId,
    retryAfter,
  })
}
