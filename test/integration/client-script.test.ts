import { expect } from 'vitest'
import { buildClient } from '../../scripts/build-client.mjs'
import { createHttpBrowser } from '../support/http-browser.ts'
import { stackTest } from '../support/stack-test.ts'

const sibling = 'http://localhost:5173'
const test = stackTest({ settings: { ALLOWED_ORIGINS: sibling } })

test('client.js is the built helper, with a validator, for an hour in any cache', async ({
  stack,
}) => {
  const { core, leave } = await buildClient()
  const browser = createHttpBrowser()
  const reply = await browser.send(stack.url('/auth/client.js'))
  expect([reply.status, reply.text]).toEqual([200, core])
  expect(reply.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=3600',
    'x-content-type-options': 'nosniff',
    etag: expect.stringMatching(/^"[\w-]{22}"$/),
  })
  expect(reply.headers).not.toHaveProperty('pragma')
  const second = await browser.send(stack.url('/auth/client.js?part=leave'))
  expect([second.status, second.text]).toEqual([200, leave])
  expect(second.headers['etag']).not.toBe(reply.headers['etag'])
})

test('whoever has it gets 304 without a body, whoever has another gets it anew', async ({
  stack,
}) => {
  const browser = createHttpBrowser()
  const url = stack.url('/auth/client.js')
  const { etag } = (await browser.send(url)).headers
  for (const known of [etag!, `W/${etag}`, `"x", ${etag}`]) {
    const reply = await browser.send(url, { headers: { 'if-none-match': known } })
    expect([reply.status, reply.text, reply.headers['etag']]).toEqual([304, '', etag])
  }
  expect((await browser.send(url, { headers: { 'if-none-match': '"x"' } })).status).toBe(200)
  const head = await browser.send(url, { method: 'HEAD' })
  expect([head.status, head.text, head.headers['etag']]).toEqual([200, '', etag])
})

test('a page of an allowed origin may load it as a module, one of another may not', async ({
  stack,
}) => {
  const browser = createHttpBrowser()
  const url = stack.url('/auth/client.js')
  const allowed = await browser.send(url, { headers: { origin: sibling } })
  expect(allowed.headers).toMatchObject({
    'access-control-allow-origin': sibling,
    'cross-origin-resource-policy': 'same-site',
    vary: 'Origin',
  })
  const other = await browser.send(url, { headers: { origin: 'https://other.example' } })
  expect(other.headers).not.toHaveProperty('access-control-allow-origin')
})
