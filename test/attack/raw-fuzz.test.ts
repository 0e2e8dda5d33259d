import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { expect } from 'vitest'
import { clientSecret } from '../../dev/entra/defaults.ts'
import { isSignedIn } from '../support/instances.ts'
import { registeredFunctions } from '../support/registered-functions.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, startSignIn } from '../support/stack.ts'
import { cookieHeader, createHttpBrowser } from '../support/http-browser.ts'
import { createFuzzer } from './fuzz-requests.ts'

const test = stackTest()

/** `npm run fuzz` asks for more, from another seed each time. */
const count = Number(process.env['FUZZ_REQUESTS'] ?? 300)
const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_201)
const silenceMs = 1_500
const parallel = 8

test('L-03 whatever bytes arrive, they are refused or answered, and harm nobody', async ({
  stack,
}) => {
  const canary = `canary${randomBytes(8).toString('hex')}`
  await stack.admin.settings({ canary })
  const bystander = await signIn(stack)
  const attacker = await signIn(stack, createHttpBrowser(), { user: 'rita@contoso.test' })
  const { callbackUrl } = await startSignIn(stack, attacker)
  const functions = await registeredFunctions()
  const fuzzer = createFuzzer(seed, {
    origin: stack.origin,
    paths: [...functions.map(({ path }) => path), '/', '/auth/client.js', '/AUTH/Login', '/admin'],
    cookies: cookieHeader(attacker, stack.origin).split('; '),
    parameters: [
      ...callbackUrl.searchParams,
      ['returnTo', '/orders'],
      ['prompt', 'select_account'],
      ['login_hint', 'ada@contoso.test'],
      ['sid', 'x'],
      ['iss', stack.entra.origin],
      ['error', 'access_denied'],
      ['slide', 'false'],
    ],
  })
  const hosts = [new URL(stack.origin).host, new URL(stack.entra.origin).host]
  const statuses = new Map<string, number>()
  const wrong: string[] = []

  for (let sent = 0; sent < count; sent += parallel) {
    const requests = Array.from({ length: parallel }, () => fuzzer.next())
    const answers = await Promise.all(
      requests.map((bytes) => exchange(stack.hosts[0]!.port, bytes)),
    )
    for (const [at, answer] of answers.entries()) {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'none'
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      const mistake = mistakeOf(answer, hosts, [canary, clientSecret])
      if (mistake !== undefined && !isOfTheWorker(requests[at]!, status))
        wrong.push(`${mistake}\n${requests[at]!.toString('latin1')}\n--\n${answer}`)
    }
  }

  expect(wrong, `seed ${seed}`).toEqual([])
  expect(statuses.size, JSON.stringify([...statuses])).toBeGreaterThan(4)
  expect(await isSignedIn(stack, bystander)).toBe(true)
  const errors = stack.hosts[0]!.logs.filter(({ level }) => level === 'error')
  const ours = errors.filter(({ message }) => !message.includes('ByteString because the character'))
  expect(ours.map(({ message }) => message)).toEqual([])
}, 3_600_000)

/**
 * For a header with a character beyond U+00FF the Functions library answers 500 before any code of the
 * app: it makes a web `Request`, whose headers cannot hold it.
 */
function isOfTheWorker(request: Buffer, status: string): boolean {
  const [head = ''] = request.toString('utf8').split('\r\n\r\n', 1)
  return status === '500' && /[\u0100-\uffff]/.test(head)
}

/** What no answer may be, in words; undefined for one that is fine. */
function mistakeOf(answer: string, hosts: readonly string[], secrets: readonly string[]) {
  const [head = ''] = answer.split('\r\n\r\n', 1)
  if (head.startsWith('HTTP/1.1 500')) return 'a blank 500'
  if (/^x-injected:/im.test(head)) return 'a header that the request brought'
  if (secrets.some((secret) => answer.includes(secret))) return 'a secret'
  if (/^\s+at .*:\d+:\d+/m.test(answer)) return 'a stack trace'
  const leadsTo = /^(?:location: |refresh: 0; url=)(\S+)/im.exec(head)?.[1]
  if (leadsTo?.startsWith('http') && !hosts.includes(new URL(leadsTo).host))
    return 'a way elsewhere'
  if (leadsTo?.startsWith('//')) return 'a way elsewhere'
  if (/<script/i.test(answer)) return 'markup that the request brought'
  return undefined
}

/** Sends bytes and takes what comes until the connection ends, or nothing more does. */
function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.setTimeout(silenceMs, () => socket.destroy())
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
  })
}
