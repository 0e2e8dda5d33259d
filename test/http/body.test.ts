import { expect, test } from 'vitest'
import { mediaType, readText } from '../../src/http/body.ts'

function request(body: string, headers: Record<string, string> = {}) {
  const message = new Request('https://app.example.com/', { method: 'POST', body, headers })
  let reads = 0
  const text = () => {
    reads++
    return message.text()
  }
  const incoming = new Proxy(message, {
    get: (target, name) => (name === 'text' ? text : Reflect.get(target, name, target)),
  })
  return { incoming, reads: () => reads }
}

test('L-02 a body of the most bytes that are allowed is read, and one more is too large', async () => {
  expect(await readText(request('äa').incoming, 3)).toBe('äa')
  await expect(readText(request('äaa').incoming, 3)).rejects.toMatchObject({
    code: 'body_too_large',
  })
})

test('L-02 a body that says it is too large is not read', async () => {
  const declared = request('x', { 'content-length': '4' })
  await expect(readText(declared.incoming, 3)).rejects.toMatchObject({ code: 'body_too_large' })
  expect(declared.reads()).toBe(0)
  const fitting = request('x', { 'content-length': '3' })
  expect(await readText(fitting.incoming, 3)).toBe('x')
})

test.each([
  ['application/json', 'application/json'],
  ['Application/JSON; charset=utf-8', 'application/json'],
  ['  text/plain ;x=1', 'text/plain'],
])('the media type of %s is %s', (type, expected) => {
  expect(mediaType(request('', { 'content-type': type }).incoming)).toBe(expected)
})

test('a body without a type has none', () => {
  const incoming = new Request('https://app.example.com/')
  expect(mediaType(incoming)).toBe('')
})
