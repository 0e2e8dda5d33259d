import { type BffError, isProblemCode, problems } from '../base/errors.ts'
import type { Cookie, Reply } from './messages.ts'

/** Headers that every answer has (OWASP; RFC 9111: nothing of ours may be stored by a cache). */
export function commonHeaders(policy: {
  readonly https: boolean
  /** Whether a sibling origin is allow-listed: then its pages may read what we answer. */
  readonly siblings: boolean
}): Record<string, string> {
  return {
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': policy.siblings ? 'same-site' : 'same-origin',
    ...(policy.https && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
  }
}

/** A JSON answer. */
export function json(body: unknown, cookies?: Cookie[]): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', vary: 'Origin, Cookie, Sec-Fetch-Site' },
    body: JSON.stringify(body),
    ...(cookies && { cookies }),
  }
}

/** An answer without a body. */
export function empty(status: number, headers: Record<string, string> = {}): Reply {
  return { status, headers }
}

/** A redirect: 302 after a GET, 303 where the next request must be a GET (RFC 9110 §15.4). */
export function redirect(status: 302 | 303, location: URL, cookies?: Cookie[]): Reply {
  return { status, headers: { location: location.href }, ...(cookies && { cookies }) }
}

/**
 * A problem document (RFC 9457): code and fixed title, nothing of the error's message. `loginUrl`
 * is the absolute URL that a 401 carries.
 */
export function problem(
  error: BffError,
  context: { readonly correlationId: string; readonly loginUrl: string },
): Reply {
  const code = isProblemCode(error.code) ? error.code : 'server_error'
  const { status, title } = problems[code]
  const { reason, check, parameter, step, allow } = error.details
  const members = {
    type: `urn:problem-type:entra-bff:${code}`,
    title,
    status,
    code,
    correlationId: context.correlationId,
    ...(status === 401 && { loginUrl: step ? withStep(context.loginUrl, step) : context.loginUrl }),
    ...(reason && { reason }),
    ...(check && { check }),
    ...(parameter && { parameter }),
  }
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      vary: 'Origin, Cookie, Sec-Fetch-Site',
      ...(status === 401 && { 'www-authenticate': 'Cookie' }),
      ...(status === 405 && allow && { allow: allow.join(', ') }),
      ...retryAfter(status, error.details.retryAfterSeconds),
    },
    body: JSON.stringify(members),
  }
}

/** `Retry-After` of a 429 or 503: what was asked for, at most 120 seconds, else 5. */
export function retryAfter(status: number, seconds = 5): Record<string, string> {
  if (status !== 503 && status !== 429) return {}
  return { 'retry-after': String(Math.min(Math.max(Math.ceil(seconds), 1), 120)) }
}

function withStep(loginUrl: string, step: string): string {
  return `${loginUrl}?step=${step}`
}
