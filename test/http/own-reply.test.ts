import { expect, test } from 'vitest'
import { replyOf } from '../../src/http/own-reply.ts'

const text = (body: unknown) => Buffer.from(body as Uint8Array).toString()

test('nothing is 204, and a status alone stays one', async () => {
  expect(await replyOf(undefined)).toEqual({ status: 204, headers: {} })
  expect(await replyOf({})).toEqual({ status: 200, headers: {} })
  expect(await replyOf({ status: 201, body: null })).toEqual({ status: 201, headers: {} })
})

test('JSON says that it is, unless the handler says something else', async () => {
  expect(await replyOf({ jsonBody: { a: 1 } })).toEqual({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
  })
  const headers = { 'Content-Type': 'application/hal+json' }
  expect((await replyOf({ jsonBody: null, headers })).headers).toEqual({
    'content-type': 'application/hal+json',
  })
  expect((await replyOf({ jsonBody: null })).body).toBe('null')
})

test('text stays text; every other body becomes bytes, with the type that it brings', async () => {
  expect(await replyOf({ body: 'hello' })).toEqual({ status: 200, headers: {}, body: 'hello' })
  const form = await replyOf({ body: new URLSearchParams({ a: 'b' }) })
  expect(form.headers['content-type']).toBe('application/x-www-form-urlencoded;charset=UTF-8')
  expect(text(form.body)).toBe('a=b')
  const bytes = await replyOf({ body: new Uint8Array([104, 105]) })
  expect(bytes.headers).toEqual({})
  expect(text(bytes.body)).toBe('hi')
})

test('a Response and cookies pass', async () => {
  const response = new Response('x', { status: 418, headers: { 'X-Tea': 'yes' } })
  const reply = await replyOf(response)
  expect(reply).toMatchObject({ status: 418, headers: { 'x-tea': 'yes' } })
  expect(text(reply.body)).toBe('x')
  expect(reply).not.toHaveProperty('cookies')
  const cookies = [{ name: 'a', value: 'b' }]
  expect((await replyOf({ cookies })).cookies).toEqual(cookies)
})
