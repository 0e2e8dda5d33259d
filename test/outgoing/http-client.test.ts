import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import type { OutgoingAnswer } from '../../src/outgoing/outgoing-answer.ts'
import { OutgoingError } from '../../src/outgoing/outgoing-fetch.ts'
import { createHttpClient } from '../../src/outgoing/http-client.ts'

const stops: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

async function serve(listener: RequestListener): Promise<{ origin: string; server: Server }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

/** Answers each connection with raw bytes. */
async function serveBytes(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('data', () => answer(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function failureOf(call: Promise<OutgoingAnswer>): Promise<OutgoingError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof OutgoingError))
    throw new Error('expected an OutgoingError', { cause: error })
  return error
}

test('a request arrives with its method, headers, body and length', async () => {
  const { origin } = await serve((request, response) => {
    const { method, url, headers } = request
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => response.end(JSON.stringify({ method, url, headers, body })))
  })
  const response = await createHttpClient()(`${origin}/a%2Fb?x=1&x=2`, {
    method: 'PATCH',
    headers: { 'content-type': 'text/plain', 'x-one': '1' },
    body: 'späte Grüße',
  })
  const seen = JSON.parse(await response.text()) as {
    method: string
    url: string
    body: string
    headers: object
  }
  expect(seen).toMatchObject({ method: 'PATCH', url: '/a%2Fb?x=1&x=2', body: 'späte Grüße' })
  expect(seen.headers).toMatchObject({
    'user-agent': 'entra-bff',
    'content-length': '14',
    'content-type': 'text/plain',
    'x-one': '1',
  })
  for (const name of ['origin', 'cookie', 'accept-encoding', 'accept', 'authorization'])
    expect(seen.headers).not.toHaveProperty(name)
})

test('bytes are sent as they are', async () => {
  const { origin } = await serve((request, response) => void request.pipe(response))
  const body = new Uint8Array([0, 255, 13, 10, 128])
  const response = await createHttpClient()(origin, { method: 'POST', body })
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(body)
})

test('a user and password in a URL become no header', async () => {
  const { origin } = await serve((request, response) =>
    response.end(String(request.headers.authorization)),
  )
  const response = await createHttpClient()(origin.replace('//', '//user:password@'))
  expect(await response.text()).toBe('undefined')
})

test('G-06 a redirection is an answer like any other', async () => {
  let count = 0
  const { origin } = await serve((_request, response) => {
    count += 1
    response.writeHead(302, { location: '/elsewhere' }).end()
  })
  const response = await createHttpClient()(origin)
  expect(response.status).toBe(302)
  expect(response.headers.get('location')).toBe('/elsewhere')
  expect(count).toBe(1)
})

test('several Set-Cookie headers stay apart', async () => {
  const { origin } = await serve((_request, response) =>
    response
      .writeHead(200, ['set-cookie', 'a=1', 'set-cookie', 'b=2', 'x-a', '1', 'x-a', '2'])
      .end(),
  )
  const response = await createHttpClient()(origin)
  expect(new Headers([...response.headers].map(([...pair]) => pair)).getSetCookie()).toEqual([
    'a=1',
    'b=2',
  ])
  expect(response.headers.get('x-a')).toBe('1, 2')
})

test.each([204, 205, 304])('an answer %d has no body', async (status) => {
  const { origin } = await serve((_request, response) => response.writeHead(status).end())
  const response = await createHttpClient()(origin)
  expect(response.status).toBe(status)
  expect(await response.text()).toBe('')
})

test('HEAD takes the length for what it is', async () => {
  const { origin } = await serve((_request, response) =>
    response.writeHead(200, { 'content-length': '99999999999' }).end(),
  )
  const response = await createHttpClient()(origin, { method: 'HEAD', maxBytes: 10 })
  expect(response.headers.get('content-length')).toBe('99999999999')
})

const codings: [string, (body: Buffer) => Buffer][] = [
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
]

test.each(codings)(
  'G-10 G-16 a %s body is decoded, counted, and no longer said to be encoded',
  async (coding, encode) => {
    const { origin } = await serve((request, response) => {
      const size = request.url === '/bomb' ? 5_000_000 : 1000
      response.writeHead(200, { 'content-encoding': coding }).end(encode(Buffer.alloc(size, 'a')))
    })
    const fetch = createHttpClient()
    const response = await fetch(origin, { headers: { 'accept-encoding': coding }, maxBytes: 1000 })
    expect(await response.text()).toBe('a'.repeat(1000))
    expect(response.headers.get('content-encoding')).toBeNull()
    expect(response.headers.get('content-length')).toBeNull()
    const failure = await failureOf(fetch(`${origin}/bomb`, { maxBytes: 1_000_000 }))
    expect(failure.kind).toBe('too_large')
  },
)

test('a body that is not what its coding says is broken', async () => {
  const { origin } = await serve((_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('plain'),
  )
  expect((await failureOf(createHttpClient()(origin))).kind).toBe('broken')
})

test('a body of an unknown coding is left alone', async () => {
  const { origin } = await serve((_request, response) =>
    response.writeHead(200, { 'content-encoding': 'zstd' }).end('zzz'),
  )
  const response = await createHttpClient()(origin)
  expect(response.headers.get('content-encoding')).toBe('zstd')
  expect(await response.text()).toBe('zzz')
})

test('G-15 an answer over the limit is too large, whether it says so or not', async () => {
  const { origin } = await serve((request, response) => {
    if (request.url === '/said') response.writeHead(200, { 'content-length': '1001' })
    response.end('a'.repeat(1001))
  })
  const fetch = createHttpClient()
  for (const path of ['/said', '/unsaid'])
    expect((await failureOf(fetch(origin + path, { maxBytes: 1000 }))).kind).toBe('too_large')
  expect((await fetch(origin, { maxBytes: 1001 })).status).toBe(200)
})

const slow: [string, RequestListener][] = [
  ['never answers', () => {}],
  ['never ends', (_request, response) => void response.writeHead(200).write('a')],
]

test.each(slow)('L-04 an exchange that %s ends after its time', async (_name, listener) => {
  const { origin } = await serve(listener)
  const call = createHttpClient()(origin, { timeoutMs: 100 })
  expect((await failureOf(call)).kind).toBe('timeout')
})

test('a port that nobody listens at is told from a request that was sent', async () => {
  const { origin, server } = await serve(() => {})
  await new Promise((resolve) => server.close(resolve))
  const failure = await failureOf(createHttpClient()(origin, { method: 'POST', body: 'x' }))
  expect(failure).toMatchObject({ kind: 'connect', sent: false })
})

const broken: [string, string][] = [
  ['no answer at all', ''],
  ['no HTTP', 'hello\r\n\r\n'],
  ['a body cut short', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'],
  ['chunks cut short', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab'],
  ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
  ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
  ['headers of 32 KB', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(32_768)}\r\n\r\n`],
  ['a status without a meaning', 'HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n'],
]

test.each(broken)('an answer that is %s is broken, and was sent', async (_name, bytes) => {
  const origin = await serveBytes((socket) => socket.end(bytes))
  const failure = await failureOf(createHttpClient()(origin, { method: 'POST', body: 'x' }))
  expect(failure).toMatchObject({ kind: 'broken', sent: true })
})

test('informational answers are passed over', async () => {
  const origin = await serveBytes((socket) =>
    socket.end('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
  )
  expect(await (await createHttpClient()(origin)).text()).toBe('ok')
})

test('a body that ends with its connection is whole', async () => {
  const body = 'x'.repeat(200_000)
  const origin = await serveBytes((socket) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${body}`))
  for (let count = 0; count < 5; count += 1)
    expect(await (await createHttpClient()(origin)).text()).toBe(body)
})

test('connections are kept and used again', async () => {
  const sockets = new Set<Socket>()
  const { origin } = await serve((request, response) => {
    sockets.add(request.socket)
    response.end('ok')
  })
  const fetch = createHttpClient()
  for (let count = 0; count < 5; count += 1) await fetch(origin)
  expect(sockets.size).toBe(1)
})

test('G-20 a kept connection that was closed meanwhile costs a repeatable request nothing', async () => {
  const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
  const origin = await serveBytes((socket) => {
    socket.write(ok)
    // The second request on this connection finds it closed.
    socket.once('data', () => socket.resetAndDestroy())
  })
  const fetch = createHttpClient()
  await fetch(origin)
  expect(await (await fetch(origin)).text()).toBe('ok')
})

test('G-20 a request that must not be repeated is not, and its sender is told', async () => {
  let requests = 0
  const origin = await serveBytes((socket) => {
    requests += 1
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    socket.once('data', () => {
      requests += 1
      socket.resetAndDestroy()
    })
  })
  const fetch = createHttpClient()
  await fetch(origin, { method: 'POST', body: 'x' })
  const failure = await failureOf(fetch(origin, { method: 'POST', body: 'x' }))
  expect(requests).toBe(2)
  expect(failure).toMatchObject({ kind: 'broken', sent: true })
})

test('a certificate that nobody vouches for is no connection', async () => {
  const { generate } = await import('selfsigned')
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
  })
  const server = createHttpsServer({ key, cert }, (_request, response) => response.end('ok'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  const failure = await failureOf(createHttpClient()(`https://127.0.0.1:${port}/`))
  expect(failure).toMatchObject({ kind: 'connect', sent: false })
})
