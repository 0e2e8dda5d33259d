import { describe, expect } from 'vitest'
import { gzipSync } from 'node:zlib'
import type { HttpBrowser } from '../support/http-browser.ts'
import { httpAnswer } from '../support/recorder-upstream.ts'
import { signIn } from '../support/stack.ts'
import { proxyTest } from './proxy-stack.ts'

const sibling = 'http://localhost:5999'
const test = proxyTest({ settings: { ALLOWED_ORIGINS: sibling } })

let browser: HttpBrowser

test.beforeAll(async ({ stack }) => {
  browser = await signIn(stack)
  await browser.call('GET', stack.url('/api/demo/first'))
})
test.beforeEach(({ stack }) => stack.recorder.reset())

describe('work that an API has done is never an error', () => {
  test.for([
    [202, 'https://monitor.example.net/jobs/7', undefined],
    [201, 'http://BELOW/base/orders/3', '/api/demo/orders/3'],
    [201, 'https://BELOW/base/orders/3', '/api/demo/orders/3'],
    [201, 'https://BELOW/elsewhere/3', undefined],
    [200, 'https://[', undefined],
  ] as const)('%d with a location %s', async ([status, location, shown], { stack }) => {
    const { host } = new URL(stack.recorder.origin)
    const headers = { location: location.replace('BELOW', host), 'content-type': 'text/plain' }
    stack.recorder.answer(httpAnswer(status, headers, 'done'))
    const reply = await browser.call('POST', stack.url('/api/demo/orders'), { body: '{}' })
    expect([reply.status, reply.text, reply.headers['location']]).toEqual([status, 'done', shown])
  })
})

describe('sizes and ranges mean the body as the browser gets it', () => {
  test('a range is asked for without a coding', async ({ stack }) => {
    stack.recorder.answer(httpAnswer(206, { 'content-range': 'bytes 2-3/10' }, 'cd'))
    const headers = { range: 'bytes=2-3', 'if-range': '"1"' }
    const reply = await browser.call('GET', stack.url('/api/demo/file'), { headers })
    const [call] = stack.recorder.calls
    expect([call?.header('accept-encoding'), call?.header('if-range')]).toEqual(['identity', '"1"'])
    expect([reply.status, reply.text, reply.headers['content-range']]).toEqual([
      206,
      'cd',
      'bytes 2-3/10',
    ])
  })

  test('a part that comes encoded all the same is not decoded', async ({ stack }) => {
    const part = gzipSync('0123456789').subarray(0, 7)
    const headers = { 'content-encoding': 'gzip', 'content-range': 'bytes 0-6/30' }
    stack.recorder.answer(httpAnswer(206, headers, part))
    const reply = await browser.call('GET', stack.url('/api/demo/file'), {
      headers: { range: 'bytes=0-6' },
    })
    expect(reply.status).toBe(206)
    expect(reply.headers).toMatchObject(headers)
    expect(reply.text).toBe(part.toString('utf8'))
  })

  test('HEAD tells the size', async ({ stack }) => {
    stack.recorder.answer(httpAnswer(200, { 'content-type': 'text/plain' }, 'x'.repeat(1234)))
    const reply = await browser.call('HEAD', stack.url('/api/demo/file'))
    expect([reply.status, reply.headers['content-length']]).toEqual([200, '1234'])
    expect(stack.recorder.calls[0]?.header('accept-encoding')).toBe('identity')
  })
})

test('a file keeps its name in any language', async ({ stack }) => {
  const name = Buffer.from('Bericht März 日本.pdf', 'utf8').toString('latin1')
  const headers = { 'content-disposition': `attachment; filename="${name}"` }
  stack.recorder.answer(httpAnswer(200, headers, 'pdf'))
  const reply = await browser.call('GET', stack.url('/api/demo/file'))
  expect(reply.headers['content-disposition']).toBe(
    `attachment; filename="Bericht M_rz __.pdf"; filename*=UTF-8''Bericht%20M%C3%A4rz%20%E6%97%A5%E6%9C%AC.pdf`,
  )
})

test('a page of a sibling origin may read every header that travels', async ({ stack }) => {
  const headers = { 'x-total-count': '3', 'odata-version': '4.0', etag: '"1"', 'x-secret': 's' }
  stack.recorder.answer(httpAnswer(200, headers, 'x'))
  const reply = await browser.call('GET', stack.url('/api/demo/x'), {
    headers: { origin: sibling, 'sec-fetch-site': 'same-site', consistencylevel: 'eventual' },
  })
  expect(stack.recorder.calls[0]?.header('consistencylevel')).toBe('eventual')
  const exposed = reply.headers['access-control-expose-headers']?.toLowerCase().split(', ')
  expect(exposed).toEqual([
    'x-correlation-id',
    'retry-after',
    'x-upstream',
    'x-total-count',
    'odata-version',
    'etag',
  ])
})

test.for(['/auth/session', '/auth/refresh', '/auth/sessions', '/api/demo/x'])(
  'tracing headers never fail a preflight of %s',
  async (path, { stack }) => {
    const asked = 'x-csrf,traceparent,tracestate,baggage,request-id,request-context,sentry-trace'
    const reply = await browser.send(stack.url(path), {
      method: 'OPTIONS',
      headers: {
        origin: sibling,
        'access-control-request-method': 'GET',
        'access-control-request-headers': `${asked},x-ms-client-version,x-correlation-id`,
      },
    })
    const allowed = reply.headers['access-control-allow-headers']?.toLowerCase().split(', ') ?? []
    for (const name of [...asked.split(','), 'x-ms-client-version', 'x-correlation-id'])
      expect(allowed).toContain(name)
  },
)
