import { BffError } from '../base/errors.ts'
import { type IncomingRequest, header } from './messages.ts'

/**
 * The text of a body of at most `maxBytes`; throws `body_too_large`. The declared length is looked
 * at first, so that an oversized body is not even decoded.
 */
export async function readText(request: IncomingRequest, maxBytes: number): Promise<string> {
  const declared = Number(header(request, 'content-length') ?? 0)
  if (declared > maxBytes) throw tooLarge()
  const text = await request.text()
  if (Buffer.byteLength(text) > maxBytes) throw tooLarge()
  return text
}

/** The media type of a body, lower case, without parameters; empty where there is none. */
export function mediaType(request: IncomingRequest): string {
  return (header(request, 'content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase()
}

function tooLarge(): BffError {
  return new BffError('body_too_large', 'the body is larger than allowed')
}
