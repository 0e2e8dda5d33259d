import { BffError } from '../../base/errors.ts'
import { parseJsonObject } from '../../base/json.ts'

const maximumBytes = 64 * 1024

/** Header and payload of an ID token whose signature nobody has checked yet. */
export interface UncheckedIdToken {
  readonly kid: string | undefined
  readonly claims: Readonly<Record<string, unknown>>
  /** What the signature is over (RFC 7515 §5.2), and the signature. */
  readonly signed: Buffer
  readonly signature: Buffer
}

/**
 * Takes an ID token apart (RFC 7515 §3.1), for RS256 alone (RFC 8725 §3.1). What its header says of
 * keys, `kid` apart, is ignored. Throws `login_failed`.
 */
export function readIdToken(idToken: string): UncheckedIdToken {
  if (idToken.length > maximumBytes) throw invalid('ID token too large')
  const parts = idToken.split('.')
  if (parts.length !== 3 || !parts.every((part) => /^[\w-]+$/.test(part)))
    throw invalid('ID token is not a signed JWT')
  const [encodedHeader = '', payload = '', signature = ''] = parts
  const header = jsonObject(encodedHeader)
  const claims = jsonObject(payload)
  if (header['alg'] !== 'RS256') throw invalid('unexpected "alg" of the ID token')
  if (header['crit'] !== undefined || header['zip'] !== undefined || header['b64'] !== undefined)
    throw invalid('"crit", "zip" and "b64" of the ID token are not supported')
  const { kid } = header
  if (kid !== undefined && typeof kid !== 'string')
    throw invalid('"kid" of the ID token is no text')
  return {
    kid,
    claims,
    signed: Buffer.from(`${encodedHeader}.${payload}`, 'latin1'),
    signature: Buffer.from(signature, 'base64url'),
  }
}

function jsonObject(part: string): Record<string, unknown> {
  const bytes = Buffer.from(part, 'base64url')
  const value = parseJsonObject(bytes)
  if (value === undefined) throw invalid('part of the ID token is not a JSON object')
  if (hasDuplicateMembers(bytes.toString()))
    throw invalid('part of the ID token has a member twice')
  return value
}

function invalid(message: string): BffError {
  return new BffError('login_failed', message, { loginFailure: 'id_token_invalid' })
}

/**
 * Tells whether an object in a JSON text has a member twice: readers differ in which of the two
 * they take (RFC 8259 §4, RFC 8725 §2.6). The text must be valid JSON already.
 */
export function hasDuplicateMembers(json: string): boolean {
  /** One entry for each open object or array; arrays have no names. */
  const open: (Set<string> | undefined)[] = []
  for (const { 0: token, index } of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (isName(json, index + token.length)) {
      const names = open.at(-1)
      const name = JSON.parse(token) as string
      if (names?.has(name)) return true
      names?.add(name)
    }
  }
  return false
}

function isName(json: string, end: number): boolean {
  let at = end
  while (/\s/.test(json.charAt(at))) at += 1
  return json.charAt(at) === ':'
}
