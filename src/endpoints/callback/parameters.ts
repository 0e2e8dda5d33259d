import { BffError } from '../../base/errors.ts'
import { mediaType, readText } from '../../http/body.ts'
import { type IncomingRequest, queryOf } from '../../http/messages.ts'

const maxQueryLength = 8 * 1024
const maxFormBytes = 64 * 1024

/**
 * The parameters of an authorization response: the query, or the form of `form_post` (OAuth 2.0
 * Form Post Response Mode). Throws `login_failed` for another kind of body, or one too large.
 */
export async function readCallbackParameters(request: IncomingRequest): Promise<URLSearchParams> {
  if (request.method === 'GET') {
    if (new URL(request.url).search.length - 1 > maxQueryLength)
      throw invalidBody('the query is too long')
    return queryOf(request)
  }
  if (mediaType(request) !== 'application/x-www-form-urlencoded')
    throw invalidBody('the body is not a form')
  return new URLSearchParams(await readForm(request))
}

async function readForm(request: IncomingRequest): Promise<string> {
  try {
    return await readText(request, maxFormBytes)
  } catch (error) {
    throw invalidBody('the body is too large', error)
  }
}

function invalidBody(message: string, cause?: unknown): BffError {
  return new BffError('login_failed', message, { loginFailure: 'body_invalid', cause })
}
