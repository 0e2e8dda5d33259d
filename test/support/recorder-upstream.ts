import { createServer, type AddressInfo, type Socket } from 'node:net'

/** A request as it came over the wire, byte for byte. */
export interface RecordedCall {
  readonly method: string
  /** As it stands in the request line. */
  readonly target: string
  /** In the order and case in which they were sent. */
  readonly headers: readonly (readonly [string, string])[]
  /** By lower-case name; undefined where absent. */
  header(name: string): string | undefined
  readonly body: Buffer
  /** All of it, decoded as Latin-1. */
  readonly raw: string
}

/** Writes an answer to the socket, or does worse to it. */
export type RecorderAnswer = (call: RecordedCall, socket: Socket) => void

/** An API that records what reaches it and answers to order. */
export interface RecorderUpstream {
  readonly origin: string
  readonly calls: RecordedCall[]
  /** What it answers from now on; each of several once, the last one for ever. */
  answer(...answers: RecorderAnswer[]): void
  /** Forgets calls and answers: 200 with `{"ok":true}` from now on. */
  reset(): void
  stop(): Promise<void>
}

/** A well-formed answer. */
export function httpAnswer(
  status: number,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
  body: string | Buffer = '',
): RecorderAnswer {
  return (call, socket) => {
    const bytes = Buffer.from(body)
    const lines = Object.entries({ 'content-length': String(bytes.length), ...headers }).flatMap(
      ([name, value]) => [value].flat().map((single) => `${name}: ${single}\r\n`),
    )
    socket.write(Buffer.from(`HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\n`, 'latin1'))
    if (call.method !== 'HEAD') socket.write(bytes)
  }
}

/** Bytes as they are; the connection is closed after them where `end` says so. */
export function rawAnswer(bytes: string | Buffer, end = true): RecorderAnswer {
  return (_call, socket) => {
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    if (end) socket.end()
  }
}

/** A 401 with these `WWW-Authenticate` lines. */
export function unauthorized(...challenges: string[]): RecorderAnswer {
  return httpAnswer(401, { 'www-authenticate': challenges }, 'no')
}

const usual = httpAnswer(200, { 'content-type': 'application/json' }, '{"ok":true}')

/** Starts a recorder on a free loopback port. It speaks HTTP/1.1 as far as our client does. */
export async function startRecorderUpstream(): Promise<RecorderUpstream> {
  const calls: RecordedCall[] = []
  const sockets = new Set<Socket>()
  let answers: RecorderAnswer[] = [usual]
  const server = createServer((socket) => {
    let pending = Buffer.alloc(0)
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk])
      for (let call = takeCall(pending); call !== undefined; call = takeCall(pending)) {
        pending = pending.subarray(call.raw.length)
        calls.push(call)
        const answer = answers.length > 1 ? answers.shift()! : answers[0]!
        answer(call, socket)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    answer: (...next) => void (answers = next),
    reset() {
      calls.splice(0)
      answers = [usual]
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function takeCall(bytes: Buffer): RecordedCall | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [requestLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const header = (name: string) => headers.find(([each]) => each.toLowerCase() === name)?.[1]
  const size = end + 4 + Number(header('content-length') ?? 0)
  if (bytes.length < size) return undefined
  const [method = '', target = ''] = requestLine.split(' ')
  const body = bytes.subarray(end + 4, size)
  return { method, target, headers, header, body, raw: bytes.toString('latin1', 0, size) }
}
