/** What a fuzzer knows of the app it is let loose on. */
export interface FuzzTarget {
  readonly origin: string
  /** Of every function. */
  readonly paths: readonly string[]
  /** Cookies and parameters that are good, to be spoiled. */
  readonly cookies: readonly string[]
  readonly parameters: readonly (readonly [string, string])[]
}

/** Requests as bytes, which a seed decides: the same seed gives the same ones. */
export interface Fuzzer {
  next(): Buffer
}

const methods = [
  'GET',
  'GET',
  'GET',
  'POST',
  'POST',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'PUT',
  'TRACE',
  'get',
  '',
]
const headerNames = [
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
  'origin',
  'referer',
  'x-csrf',
  'x-expected-user',
  'x-forwarded-for',
  'x-forwarded-host',
  'traceparent',
  'content-type',
  'transfer-encoding',
  'content-length',
  'accept-encoding',
  'if-none-match',
  'authorization',
  'x-original-url',
]
const headerValues = [
  '1',
  'navigate',
  'document',
  'same-origin',
  'cross-site',
  'none',
  'null',
  'application/json',
  'application/x-www-form-urlencoded',
  'chunked',
  '0',
  '00-00000000000000000000000000000000-0000000000000000-01',
  'https://attacker.test',
  '127.0.0.1, ::1, x',
  '*',
]
const bodies = [
  '',
  '{}',
  '[]',
  'null',
  '{"returnTo":"//attacker.test"}',
  '{"returnTo":["/"],"everywhere":"yes"}',
  '{"everywhere":true,"everywhere":false}',
  'code=a&code=b&state=c',
  'error=access_denied&error_description=%3Cscript%3E',
  `{"__proto__":{"x":1},"returnTo":"${'/'.repeat(5000)}"}`,
  '['.repeat(3000),
]
const nasty = [
  '%00',
  '%0d%0aX-Injected:%201',
  '\r\nX-Injected: 1\r\n',
  '%c0%af',
  '%ff',
  '..%2f..%2f',
  '//attacker.test/',
  '/\\attacker.test',
  'https://attacker.test',
  'javascript:alert(1)',
  '<script>',
  '"',
  ';',
  'é\u{1F600}',
  '\u0000',
  'x'.repeat(9000),
  '__proto__',
  '{"a":1}',
  '-1',
  '1e999',
]

/** A fuzzer: good requests, spoiled in one to four places. */
export function createFuzzer(seed: number, target: FuzzTarget): Fuzzer {
  let state = seed >>> 0
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 4_294_967_296) * below)
  }
  const pick = <Item>(items: readonly Item[]): Item => items[random(items.length)]!
  const spoil = (text: string): string => {
    const at = random(text.length + 1)
    const ways = [
      () => text.slice(0, at) + pick(nasty) + text.slice(at),
      () => text.slice(0, at),
      () => text + text,
      () => pick(nasty),
      () => text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1),
      () => text.toUpperCase(),
    ]
    return pick(ways)()
  }
  const maybe = (text: string, oneIn: number) => (random(oneIn) === 0 ? spoil(text) : text)
  const query = (): string => {
    const pairs = Array.from({ length: random(5) }, () => pick(target.parameters))
    return pairs.map(([name, value]) => `${maybe(name, 6)}=${maybe(value, 2)}`).join('&')
  }
  const head = (): string[] => {
    const names = Array.from({ length: random(6) }, () => pick(headerNames))
    const lines = names.map((name) => `${maybe(name, 12)}: ${maybe(pick(headerValues), 5)}`)
    const cookies = Array.from({ length: random(4) }, () => maybe(pick(target.cookies), 3))
    if (cookies.length > 0) lines.push(`cookie: ${cookies.join('; ')}`)
    return lines
  }
  return {
    next() {
      const path = maybe(pick(target.paths), 4)
      const search = query()
      const body = random(3) === 0 ? maybe(pick(bodies), 3) : ''
      const lines = [
        `${pick(methods)} ${path}${search === '' ? '' : `?${search}`} HTTP/1.1`,
        `host: ${maybe(new URL(target.origin).host, 10)}`,
        ...head(),
        ...(body === '' ? [] : [`content-length: ${Buffer.byteLength(body)}`]),
        'connection: close',
      ]
      // Bytes above 127 go out as they are: not every client speaks ASCII.
      return Buffer.from(
        `${lines.join('\r\n')}\r\n\r\n${body}`,
        random(4) === 0 ? 'utf8' : 'latin1',
      )
    },
  }
}
