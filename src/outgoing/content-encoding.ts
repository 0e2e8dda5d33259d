import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { OutgoingError } from './outgoing-fetch.ts'

const decoders = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
])

/**
 * Undoes one known content coding (RFC 9110 §8.4.1), counting the bytes that come out. A body of
 * another coding or none is returned itself. Throws `OutgoingError`: `too_large` or `broken`.
 */
export async function decodeBody(
  body: Buffer,
  contentEncoding: string | undefined,
  maxBytes: number,
): Promise<Buffer> {
  const decoder = decoders.get(contentEncoding?.trim().toLowerCase() ?? '')
  if (decoder === undefined || body.length === 0) return body
  try {
    return await decoder(body, { maxOutputLength: maxBytes })
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    throw new OutgoingError(tooLarge ? 'too_large' : 'broken', true)
  }
}
