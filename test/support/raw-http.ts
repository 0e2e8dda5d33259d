import { connect } from 'node:net'

export interface RawResponse {
  readonly status: number
  readonly statusLine: string
  /** In the order and case in which they were sent. */
  readonly headers: readonly (readonly [string, string])[]
  /** As it was sent, chunk sizes included. */
  readonly body: string
}

/** Sends bytes as they are and reads until the server closes the connection, or falls silent. */
export async function sendRaw(
  port: number,
  request: string | Buffer,
  address = '127.0.0.1',
): Promise<RawResponse> {
  const text = await new Promise<string>((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, address, () => socket.write(request))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', (error) => (chunks.length > 0 ? socket.destroy() : reject(error)))
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')))
  })
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  return {
    status: Number(statusLine.split(' ')[1]),
    statusLine,
    headers: lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const
    }),
    body: rest.join('\r\n\r\n'),
  }
}

/** A GET with nothing but Host, asking for the connection to be closed. */
export function rawGet(target: string, headers: readonly string[] = []): string {
  return ['GET ' + target + ' HTTP/1.1', 'Host: localhost', 'Connection: close', ...headers]
    .map((line) => `${line}\r\n`)
    .join('')
    .concat('\r\n')
}
