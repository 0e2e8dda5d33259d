import * as v from 'valibot'
import { BffError } from '../../base/errors.ts'
import { mediaType, readText } from '../../http/body.ts'
import type { IncomingRequest } from '../../http/messages.ts'

const maxJsonBytes = 4 * 1024
/** A returnTo is percent-encoded in our own page, and once more by its form. */
const maxFormBytes = 8 * 1024

/** What a sign-out asks for. */
export interface LogoutRequest {
  readonly returnTo: string | undefined
  /** Whether every session of the user ends. */
  readonly everywhere: boolean
}

const jsonSchema = v.object({
  returnTo: v.nullish(v.string()),
  everywhere: v.nullish(v.boolean()),
})

/** Reads the JSON body, which may be absent; throws `invalid_parameter` and `body_too_large`. */
export async function readLogoutJson(request: IncomingRequest): Promise<LogoutRequest> {
  const text = await readText(request, maxJsonBytes)
  if (text === '') return { returnTo: undefined, everywhere: false }
  if (mediaType(request) !== 'application/json') throw invalid('content-type')
  const result = v.safeParse(jsonSchema, parseJson(text))
  if (!result.success) throw invalid(v.getDotPath(result.issues[0]) ?? 'body')
  return {
    returnTo: result.output.returnTo ?? undefined,
    everywhere: result.output.everywhere ?? false,
  }
}

/** Reads the form of the sign-out page; throws `body_too_large`. */
export async function readLogoutForm(request: IncomingRequest): Promise<LogoutRequest> {
  const form = new URLSearchParams(await readText(request, maxFormBytes))
  return { returnTo: form.get('returnTo') ?? undefined, everywhere: false }
}

/** The schema library takes an array for an object without members. */
function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid('body')
  }
  if (Array.isArray(value)) throw invalid('body')
  return value
}

function invalid(parameter: string): BffError {
  return new BffError('invalid_parameter', `unexpected "${parameter}"`, { parameter })
}
