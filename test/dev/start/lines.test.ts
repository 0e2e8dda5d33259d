import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { readStartArguments } from '../../../scripts/start-arguments.mjs'
import { noteOf, textOf } from '../../../dev/start/event-notes.ts'
import { createJsonOutput } from '../../../dev/start/json-output.ts'
import { createPortFinder, isAbsent } from '../../../dev/start/ports.ts'
import { redact } from '../../../dev/start/redact.ts'
import { requestText } from '../../../dev/start/request-text.ts'
import { createTextOutput } from '../../../dev/start/text-output.ts'
import { testUsers } from '../../../dev/entra/users.ts'

test('knows its options and names an unknown one', () => {
  expect(readStartArguments(['--open', '--json'])).toEqual({
    open: true,
    persist: false,
    https: false,
    entra: false,
    json: true,
  })
  expect(() => readStartArguments(['--opne'])).toThrow(/unknown option "--opne"[\s\S]*--open/)
})

test.each([
  ['?code=0.AbCdEfGhIj&state=v1.abcdefgh', '?code=0.Ab…&state=v1.a…'],
  ['client_secret: "abc~defghij"', 'client_secret: "abc~…"'],
  [`Bearer ${'a'.repeat(40)}.${'b'.repeat(40)}.${'c'.repeat(40)}`, 'Bearer aaaa…'],
  [`/auth/sessions/${'x'.repeat(43)}`, '/auth/sessions/xxxx…'],
  ['tenant c0470050-1111-4111-8111-000000000001', 'tenant c0470050-1111-4111-8111-000000000001'],
  ['GET /auth/callback', 'GET /auth/callback'],
  ['{"code":"0.aXBc_dEf_ghi"}', '{"code":"0.aX…"}'],
  ['code_verifier=lower_case_words', 'code_verifier=lowe…'],
])('cuts secrets and codes to four characters: %s', (text, expected) => {
  expect(redact(text)).toBe(expected)
})

test.each(['vault_unavailable', 'login_not_started', 'not_found'])(
  'leaves the error code %s whole',
  (code) => {
    const message = `/health/ready answered 503: {"code":"${code}"}`
    const lines: string[] = []
    const outputs = [
      createTextOutput((line) => lines.push(line), { colors: false }),
      createJsonOutput((line) => lines.push(line)),
    ]
    for (const output of outputs) {
      output.failure(new Error(message))
      output.log({ level: 'warning', message })
    }

    expect(lines).toHaveLength(4)
    for (const line of lines) expect(line).toContain(code)
  },
)

test('shows a request on one line, with where it leads', () => {
  const line = {
    method: 'GET',
    path: '/auth/login',
    status: 302,
    durationMs: 3.2,
    location: 'http://127.0.0.1:7072/tenant/oauth2/v2.0/authorize',
  }
  const time = new Date(2026, 0, 1, 14, 31, 7)
  const text = requestText(line, { time, origin: 'http://localhost:7071', note: undefined })

  expect(text).toMatch(
    /^ {2}14:31:07 {2}GET +\/auth\/login +302 +3 ms {2}→ 127.0.0.1:7072 …\/authorize$/,
  )
})

test('says who signed in beside the request, and gives warnings a line', () => {
  const [ada] = testUsers
  const succeeded = { event: 'bff.login.succeeded', userId: ada?.oid, session: '4f9a12ab' }
  const refused = { event: 'bff.request.refused', correlationId: 'x', code: 'csrf_failed' }
  const line = (level: 'information' | 'warning', message: object) => ({
    level,
    message: JSON.stringify(message),
  })

  expect(noteOf(line('information', succeeded))).toBe('session 4f9a… ada@contoso.test')
  expect(textOf(line('information', succeeded))).toBeUndefined()
  expect(textOf(line('warning', refused))).toBe('bff.request.refused code=csrf_failed')
  expect(textOf({ level: 'information', message: 'debugging' })).toBe('debugging')
})

test.each([
  ['EADDRNOTAVAIL', true],
  ['EAFNOSUPPORT', true],
  ['EADDRINUSE', false],
  ['EACCES', false],
])('%s of an address means that a port is not in use there: %s', (code, expected) => {
  expect(isAbsent(Object.assign(new Error(code), { code }))).toBe(expected)
})

test('moves to a port that no other part wants where its own is taken, and says so', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  const notices: string[] = []
  const finder = createPortFinder([port, port + 1], (message) => notices.push(message))

  const found = await finder.find(port, 'Azurite')
  taken.close()

  expect(found).toBeGreaterThan(port + 1)
  expect(notices).toEqual([`Port ${port} is taken: ${found} for Azurite.`])
})
