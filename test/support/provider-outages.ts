import type { Fault } from '../../dev/entra/faults.ts'

/** What the token endpoint may say of an error. */
export type EntraError = NonNullable<Fault['error']>

/** An answer of the token endpoint that is no OAuth error. */
export const outages: Record<string, Omit<Fault, 'on' | 'times'>> = {
  'a 429': {
    answer: {
      status: 429,
      headers: { 'retry-after': '11' },
      body: '{"error":"temporarily_unavailable"}',
    },
  },
  'a 503 with a date': {
    answer: { status: 503, headers: { 'retry-after': 'Wed, 21 Oct 2099 07:28:00 GMT' } },
  },
  'a 500 of HTML': {
    answer: { status: 500, headers: { 'content-type': 'text/html' }, body: '<h1>' },
  },
  'a 200 of HTML': {
    answer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>' },
  },
  'broken JSON': { answer: { status: 200, body: '{"access_tok' } },
  'another charset': {
    answer: {
      status: 200,
      headers: { 'content-type': 'application/json; charset=utf-16' },
      body: '{}',
    },
  },
  'a redirection': { answer: { status: 307, headers: { location: '/elsewhere' } } },
  'two megabytes': { answer: { status: 200, body: ' ', repeat: 2_000_000 } },
  'a broken connection': { drop: 'before' },
  'a lost answer': { drop: 'after' },
}
/** The `Retry-After` that becomes of them, where it is not the usual 5 seconds. */
export const outageWaits: Record<string, string> = { 'a 429': '11', 'a 503 with a date': '120' }
