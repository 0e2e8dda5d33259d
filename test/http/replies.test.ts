import { expect, test } from 'vitest'
import { BffError, type ProblemCode, problems, signInErrors } from '../../src/base/errors.ts'
import { corsHeaders, preflight } from '../../src/http/cors.ts'
import { arrivalPage, logoutPage, signInErrorPage } from '../../src/http/pages.ts'
import { commonHeaders, problem, retryAfter } from '../../src/http/replies.ts'

const context = { correlationId: 'c'.repeat(32), loginUrl: 'https://app.example.com/auth/login' }

test('a problem has exactly the members of RFC 9457 and of ours', () => {
  const reply = problem(new BffError('csrf_failed', 'internal words', { check: 'header' }), context)
  expect(reply.status).toBe(403)
  expect(reply.body).toBe(
    `{"type":"urn:problem-type:entra-bff:csrf_failed","title":"The request failed the cross-site check.","status":403,"code":"csrf_failed","correlationId":"${'c'.repeat(32)}","check":"header"}`,
  )
  expect(reply.headers['content-type']).toBe('application/problem+json')
})

test('a 401 carries where to sign in, with the step-up where there is one', () => {
  const plain = problem(new BffError('session_expired', ''), context)
  expect(JSON.parse(String(plain.body))).toMatchObject({ loginUrl: context.loginUrl })
  expect(plain.headers['www-authenticate']).toBe('Cookie')
  const step = problem(
    new BffError('interaction_required', '', { step: 'S', reason: 'claims' }),
    context,
  )
  expect(JSON.parse(String(step.body))).toMatchObject({
    loginUrl: `${context.loginUrl}?step=S`,
    reason: 'claims',
  })
})

test('a sign-in code that has no problem of its own is a plain server error', () => {
  expect(problem(new BffError('login_failed', ''), context).status).toBe(500)
})

test.each(Object.keys(problems) as ProblemCode[])(
  '%s shows nothing of its message (M-03)',
  (code) => {
    const reply = problem(new BffError(code, 'AADSTS50011 secret words'), context)
    expect(String(reply.body)).not.toContain('secret')
    expect(reply.status).toBe(problems[code].status)
  },
)

test.each([
  [503, undefined, '5'],
  [503, 0.2, '1'],
  [503, 17.2, '18'],
  [503, 100_000, '120'],
  [429, 59.01, '60'],
])('Retry-After of a %i that was asked to wait %s s is %s', (status, seconds, expected) => {
  expect(retryAfter(status, seconds)).toEqual({ 'retry-after': expected })
})

test('every answer has the common headers (M-01)', () => {
  expect(commonHeaders({ https: true, siblings: true })).toEqual({
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-site',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
  })
  expect(commonHeaders({ https: false, siblings: false })).not.toHaveProperty(
    'strict-transport-security',
  )
})

const origins = ['https://app.example.com', 'https://spa.example.com']
const from = (origin: string) => new Request('https://app.example.com/', { headers: { origin } })

test.each([
  'https://evil.example',
  'null',
  'https://spa.example.com.evil',
  'http://spa.example.com',
])('a preflight of %s gets no CORS header (F-04, F-05)', (origin) => {
  const reply = preflight(from(origin), origins, ['POST'])
  expect(reply.status).toBe(204)
  expect(Object.keys(reply.headers)).toEqual(['vary'])
  expect(corsHeaders(from(origin), origins)).toEqual({ vary: 'Origin' })
})

test('a preflight of an allowed origin gets exactly what it needs (F-04)', () => {
  expect(preflight(from(origins[1]!), origins, ['GET']).headers).toEqual({
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    'access-control-allow-origin': 'https://spa.example.com',
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET',
    'access-control-allow-headers':
      'X-CSRF, Content-Type, X-Expected-User, Traceparent, Tracestate, Baggage, Request-Id, Request-Context, Sentry-Trace, Client-Request-Id, X-Ms-Client-Request-Id, X-Ms-Client-Session-Id, X-Correlation-Id, X-Request-Id',
    'access-control-max-age': '7200',
  })
})

test('what libraries add for tracing never fails a preflight, a credential does (F-04)', () => {
  const asked = 'x-csrf, sentry-trace, X-MS-Client-Version, x-ms-client-principal, authorization'
  const headers = { origin: origins[1]!, 'access-control-request-headers': asked }
  const request = new Request('https://app.example.com/', { headers })
  const allowed = preflight(request, origins, ['GET']).headers['access-control-allow-headers']
  expect(allowed).toMatch(/Sentry-Trace/)
  expect(allowed).toMatch(/X-Ms-Client-Version/)
  expect(allowed).not.toMatch(/principal|authorization|cookie/i)
})

test('the arrival page refreshes to the absolute URL and escapes it in its link', () => {
  const reply = arrivalPage(new URL("https://app.example.com/a?x=%22%3E&y='"), [])
  expect(reply.headers['refresh']).toBe('0; url=https://app.example.com/a?x=%22%3E&y=%27')
  expect(reply.body).toContain('href="https://app.example.com/a?x=%22%3E&#38;y=%27"')
  expect(reply.headers['content-security-policy']).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/]+=*'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'$/,
  )
})

const page = {
  correlationId: 'c'.repeat(32),
  loginUrl: new URL('https://app.example.com/auth/login'),
  appUrl: new URL('https://app.example.com/'),
  providerCodes: [50105],
  time: new Date(0),
}

test.each(Object.entries(signInErrors))(
  'the page of %s has its sentence and status',
  (code, entry) => {
    const reply = signInErrorPage({ ...page, code: code as keyof typeof signInErrors })
    expect(reply.status).toBe(entry.status)
    expect(reply.body).toContain(entry.sentence)
    expect(reply.body).not.toContain('<script')
    expect('retry-after' in reply.headers).toBe(entry.status === 503)
  },
)

test('an error page offers another account where that helps, and links the number', () => {
  const body = signInErrorPage({ ...page, code: 'access_denied' }).body
  expect(body).toContain('/auth/login?prompt=select_account')
  expect(body).toContain('https://login.microsoftonline.com/error?code=50105')
})

test('the sign-out page may post to itself and be led to the provider', () => {
  const reply = logoutPage({
    action: new URL('https://app.example.com/auth/logout'),
    returnTo: new URL('https://app.example.com/'),
    endSessionOrigin: 'https://login.example',
  })
  expect(reply.headers['content-security-policy']).toContain(
    "form-action 'self' https://login.example",
  )
  expect(reply.headers['referrer-policy']).toBe('same-origin')
})

test('the sign-out page may be led to a sibling returnTo, and says when it failed (H-06)', () => {
  const reply = logoutPage({
    action: new URL('https://app.example.com/auth/logout'),
    returnTo: new URL('https://spa.example.com/'),
    endSessionOrigin: 'https://login.example',
    failure: { status: 503, retryAfterSeconds: 7 },
  })
  expect(reply.headers['content-security-policy']).toContain(
    "form-action 'self' https://login.example https://spa.example.com",
  )
  expect([reply.status, reply.headers['retry-after']]).toEqual([503, '7'])
  expect(reply.body).toContain('You are still signed in')
})
