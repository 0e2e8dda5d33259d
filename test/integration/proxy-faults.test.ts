import type { Socket } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import type { BrowserReply, HttpBrowser } from '../support/http-browser.ts'
import {
  httpAnswer,
  rawAnswer,
  type RecorderAnswer,
  type RecorderUpstream,
  startRecorderUpstream,
} from '../support/recorder-upstream.ts'
import { signIn } from '../support/stack.ts'
import { type ProxyStack } from './proxy-stack.ts'
import { proxyTest } from './proxy-stack.ts'

const test = proxyTest()

let browser: HttpBrowser
let evil: RecorderUpstream

test.beforeAll(async ({ stack }) => {
  evil = await startRecorderUpstream()
  browser = await signIn(stack)
  for (const name of ['demo', 'slow', 'gone'])
    await browser.call('GET', path(stack, `${name}/first`))
})
test.afterAll(async () => {
  await evil?.stop()
})
test.beforeEach(({ stack }) => {
  stack.recorder.reset()
  stack.storage.rules.clear()
  stack.storage.reset()
})

const path = (stack: ProxyStack, suffix: string) => stack.url(`/api/${suffix}`)
const reset: RecorderAnswer = (_call, socket) => socket.resetAndDestroy()
const silence: RecorderAnswer = () => undefined

/** A problem of ours, told to the log, that leaves the session as it was. */
async function expectProblem(
  stack: ProxyStack,
  reply: BrowserReply,
  status: number,
  code: string,
): Promise<void> {
  expect([reply.status, reply.json()]).toMatchObject([status, { code }])
  expect(reply.headers).not.toHaveProperty('x-upstream')
  expect(reply.text).not.toContain(new URL(stack.recorder.origin).port)
  const id = reply.json<{ correlationId: string }>().correlationId
  const line = stack.hosts[0]!.logs.findLast(({ message }) => message.includes(id))
  expect(JSON.parse(line!.message)).toMatchObject({
    event: 'bff.dependency.failed',
    function: 'zz_proxy',
    dependency: 'upstream',
    operation: expect.stringMatching(/^[a-z]+$/),
    code,
  })
  await expectUntouched(stack)
}

async function expectUntouched(stack: ProxyStack): Promise<void> {
  const writes = stack.storage.requests.filter(({ method }) => method !== 'GET')
  expect(writes).toEqual([])
  const session = await browser.call('GET', stack.url('/auth/session?slide=false'))
  expect(session.json()).toMatchObject({ authenticated: true })
}

test('an API that cannot be reached is 502', async ({ stack }) => {
  await expectProblem(
    stack,
    await browser.call('GET', path(stack, 'gone/x')),
    502,
    'upstream_unavailable',
  )
})

describe('an API that is too slow is 504 (G-15)', () => {
  const drip = (bytes: string): RecorderAnswer => {
    return (_call, socket: Socket) => {
      let sent = 0
      const timer = setInterval(() => {
        if (socket.destroyed || sent >= bytes.length) clearInterval(timer)
        else socket.write(bytes[sent++]!)
      }, 50)
    }
  }
  test.for<[string, RecorderAnswer]>([
    ['no answer', silence],
    ['a status line byte by byte', drip(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(1_000)}`)],
    ['informational answers without end', drip('HTTP/1.1 100 Continue\r\n\r\n'.repeat(100))],
    ['half a body', rawAnswer('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', false)],
    ['a body without end', drip(`HTTP/1.1 200 OK\r\n\r\n${'z'.repeat(1_000)}`)],
  ] as const)('%s', async ([_name, answer], { stack }) => {
    stack.recorder.answer(answer)
    await expectProblem(
      stack,
      await browser.call('GET', path(stack, 'slow/x')),
      504,
      'upstream_timeout',
    )
  })
})

describe('an answer that cannot be passed on is 502 (G-15)', () => {
  const ok = 'HTTP/1.1 200 OK\r\n'
  test.for<[string, RecorderAnswer]>([
    ['a connection that is reset', reset],
    ['a connection that is closed', (_call, socket) => socket.end()],
    ['half a head', rawAnswer('HTTP/1.1 200 OK\r\nContent-')],
    ['half a body', rawAnswer(`${ok}Content-Length: 9\r\n\r\nhalf`)],
    ['half a chunk', rawAnswer(`${ok}Transfer-Encoding: chunked\r\n\r\n9\r\nhalf`)],
    ['chunks without their end', rawAnswer(`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n`)],
    ['a chunk of no size', rawAnswer(`${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n`)],
    ['two lengths', rawAnswer(`${ok}Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!`)],
    ['a length below nothing', rawAnswer(`${ok}Content-Length: -1\r\n\r\n`)],
    [
      'a length and chunks',
      rawAnswer(`${ok}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`),
    ],
    ['no HTTP', rawAnswer('hello\r\n\r\n')],
    ['no version', rawAnswer('HTTP/9.9 200 OK\r\n\r\n')],
    ['a status without meaning', rawAnswer('HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n')],
    [
      'another protocol',
      rawAnswer('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    ],
    [
      'a header with a control character',
      rawAnswer(`${ok}X: a\u0000b\r\nContent-Length: 0\r\n\r\n`),
    ],
    ['too many headers', rawAnswer(`${ok}${'X: y\r\n'.repeat(9_000)}\r\n`)],
    ['more than the limit, said', httpAnswer(200, {}, Buffer.alloc(65_537))],
    ['more than the limit, by a lie', rawAnswer(`${ok}Content-Length: 99999999\r\n\r\nx`, false)],
    ['more than the limit, unsaid', rawAnswer(`${ok}\r\n${'x'.repeat(65_537)}`)],
  ] as const)('%s', async ([_name, answer], { stack }) => {
    stack.recorder.answer(answer)
    await expectProblem(
      stack,
      await browser.call('GET', path(stack, 'demo/x')),
      502,
      'upstream_invalid',
    )
  })

  test('a POST is sent once, whatever became of it (G-20)', async ({ stack }) => {
    for (const answer of [reset, rawAnswer('HTTP/1.1 200'), silence]) {
      stack.recorder.reset()
      stack.recorder.answer(answer)
      const reply = await browser.call('POST', path(stack, 'slow/x'), { body: '{}' })
      expect(reply.status).toBeGreaterThanOrEqual(502)
      expect(stack.recorder.calls).toHaveLength(1)
    }
  })
})

describe('compressed answers', () => {
  const text = JSON.stringify({ text: 'ä'.repeat(500) })
  const coded = (coding: string, body: Buffer) =>
    httpAnswer(200, { 'content-encoding': coding, 'content-type': 'application/json' }, body)

  test('arrive decoded, with the right length', async ({ stack }) => {
    for (const answer of [
      coded('gzip', gzipSync(text)),
      coded('br', brotliCompressSync(text)),
      coded('identity', Buffer.from(text)),
    ]) {
      stack.recorder.answer(answer)
      const reply = await browser.call('GET', path(stack, 'demo/x'))
      expect([reply.status, reply.text]).toEqual([200, text])
      expect(reply.headers).not.toHaveProperty('content-encoding')
    }
  })

  test.for<[string, RecorderAnswer]>([
    ['a gzip bomb', coded('gzip', gzipSync(Buffer.alloc(50 * 1024 * 1024)))],
    ['a brotli bomb', coded('br', brotliCompressSync(Buffer.alloc(50 * 1024 * 1024)))],
    ['half a gzip', coded('gzip', gzipSync(text).subarray(0, 20))],
    ['no gzip at all', coded('gzip', Buffer.from(text))],
    ['a coding that nobody asked for', coded('zstd', Buffer.from(text))],
    ['two codings', coded('gzip, gzip', gzipSync(gzipSync(text)))],
  ] as const)('%s is 502 (G-16)', async ([_name, answer], { stack }) => {
    stack.recorder.answer(answer)
    await expectProblem(
      stack,
      await browser.call('GET', path(stack, 'demo/x')),
      502,
      'upstream_invalid',
    )
  })

  test('to HEAD have no body to decode', async ({ stack }) => {
    stack.recorder.answer(coded('gzip', gzipSync(text)))
    expect((await browser.call('HEAD', path(stack, 'demo/x'))).status).toBe(200)
  })
})

describe('redirects are not followed (G-06)', () => {
  test('one that leads elsewhere is 502, and nothing goes there', async ({ stack }) => {
    const elsewhere = [evil.origin, `${evil.origin}/base/x`, `//${new URL(evil.origin).host}/base/`]
    for (const location of [...elsewhere, '/other', 'http://[bad'])
      for (const status of [301, 302, 303, 307, 308]) {
        stack.recorder.answer(httpAnswer(status, { location }))
        const reply = await browser.call('POST', path(stack, 'demo/x'), { body: '{"secret":1}' })
        await expectProblem(stack, reply, 502, 'upstream_invalid')
      }
    expect(evil.calls).toEqual([])
  })

  test('one below the base is ours to follow', async ({ stack }) => {
    for (const location of [`${stack.recorder.origin}/base/y?z=1`, '/base/y?z=1', 'y?z=1']) {
      stack.recorder.answer(httpAnswer(307, { location }))
      const reply = await browser.call('GET', path(stack, 'demo/x'))
      expect([reply.status, reply.headers['location']]).toEqual([307, '/api/demo/y?z=1'])
    }
  })
})

test('answers of an API that are errors are passed on as its own', async ({ stack }) => {
  for (const status of [400, 403, 404, 409, 412, 422, 429, 500, 502, 503, 504]) {
    stack.recorder.answer(httpAnswer(status, { 'retry-after': '7' }, 'as it is'))
    const reply = await browser.call('GET', path(stack, 'demo/x'))
    expect([
      reply.status,
      reply.text,
      reply.headers['retry-after'],
      reply.headers['x-upstream'],
    ]).toEqual([status, 'as it is', '7', 'demo'])
  }
  expect(stack.recorder.calls).toHaveLength(11)
  await expectUntouched(stack)
})

test('answers without a body, and hints before an answer, are passed on', async ({ stack }) => {
  for (const [status, answer] of [
    [204, rawAnswer('HTTP/1.1 204 No\r\nETag: "1"\r\n\r\n', false)],
    [304, rawAnswer('HTTP/1.1 304 Same\r\nETag: "1"\r\n\r\n', false)],
    [200, rawAnswer('HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nETag: "1"\r\n\r\n')],
  ] as const) {
    stack.recorder.answer(answer)
    const reply = await browser.call('GET', path(stack, 'demo/x'))
    expect([reply.status, reply.text, reply.headers['etag']]).toEqual([status, '', '"1"'])
  }
})

test('what follows an answer unasked is not the answer of the next call', async ({ stack }) => {
  const first = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst'
  const stray = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray'
  stack.recorder.answer(rawAnswer(first + stray, false), httpAnswer(200, {}, 'second'))
  expect((await browser.call('GET', path(stack, 'demo/x'))).text).not.toBe('stray')
  expect((await browser.call('GET', path(stack, 'demo/y'))).text).toBe('second')
})

test('a session that cannot be read is 503, and the API is not called (E-11)', async ({
  stack,
}) => {
  stack.storage.rules.add({ action: 'status', status: 503 })
  const reply = await browser.call('GET', path(stack, 'demo/x'))
  expect([reply.status, reply.json()]).toMatchObject([503, { code: 'storage_unavailable' }])
  expect(reply.headers['retry-after']).toBe('5')
  expect(stack.recorder.calls).toEqual([])
})
