import { createHmac, randomBytes, sign } from 'node:crypto'
import { createSigningKey, type SigningKey } from './keys.ts'

/** What to do wrong with a token. */
export interface TokenMutation {
  /** Set, whatever they were. */
  claims?: Record<string, unknown>
  removeClaims?: string[]
  header?: Record<string, unknown>
  removeHeader?: string[]
  /** The payload's text instead of the claims: for duplicate members and other nonsense. */
  payload?: string
  /** The whole token instead. */
  raw?: string
  signature?:
    | 'none'
    | 'hs256-secret'
    | 'hs256-public-key'
    | 'unknown-kid'
    | 'other-key'
    | 'tampered'
    | 'missing'
}

/** A JWT (RFC 7519) signed with RS256, or spoiled as the mutation says. */
export async function signToken(
  key: SigningKey,
  claims: Record<string, unknown>,
  mutation: TokenMutation = {},
  clientSecret = '',
): Promise<string> {
  if (mutation.raw !== undefined) return mutation.raw
  const usual = { typ: 'JWT', alg: algorithmOf(mutation), kid: key.kid, x5t: key.kid }
  if (mutation.signature === 'unknown-kid') usual.kid = randomBytes(20).toString('base64url')
  const header = edit(usual, mutation.header, mutation.removeHeader)
  const payload =
    mutation.payload ?? JSON.stringify(edit(claims, mutation.claims, mutation.removeClaims))
  const input = `${base64url(JSON.stringify(header))}.${base64url(payload)}`
  return `${input}.${await signatureOf(input, key, mutation, clientSecret)}`
}

/** A copy with some members set and others removed. */
export function edit(
  object: Record<string, unknown>,
  set: Record<string, unknown> = {},
  remove: string[] = [],
): Record<string, unknown> {
  const entries = Object.entries({ ...object, ...set })
  return Object.fromEntries(entries.filter(([name]) => !remove.includes(name)))
}

function algorithmOf(mutation: TokenMutation): string {
  if (mutation.signature === 'none') return 'none'
  return mutation.signature?.startsWith('hs256') ? 'HS256' : 'RS256'
}

async function signatureOf(
  input: string,
  key: SigningKey,
  mutation: TokenMutation,
  clientSecret: string,
): Promise<string> {
  switch (mutation.signature) {
    case 'none':
    case 'missing':
      return ''
    case 'hs256-secret':
      return createHmac('sha256', clientSecret).update(input).digest('base64url')
    case 'hs256-public-key':
      return createHmac('sha256', key.publicKey.export({ type: 'spki', format: 'pem' }))
        .update(input)
        .digest('base64url')
    case 'other-key':
    case 'unknown-kid':
      return rs256(input, await createSigningKey())
    case 'tampered':
      return rs256(`${input} `, key)
    default:
      return rs256(input, key)
  }
}

function rs256(input: string, key: SigningKey): string {
  return sign('sha256', Buffer.from(input), key.privateKey).toString('base64url')
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
