import { allowInsecureRequests, type ClientAuth, customFetch } from 'oauth4webapi'
import type { OutgoingAnswer } from '../../outgoing/outgoing-answer.ts'
import { OutgoingError, type OutgoingFetch } from '../../outgoing/outgoing-fetch.ts'
import type { ClientCredential } from '../credential/client-credential.ts'
import { isCredentialRefused } from '../errors/error-map.ts'
import { isLoopback } from '../../settings/addresses.ts'
import type { DependencyFailure } from '../../base/events.ts'
import type { ProviderMetadata } from '../discovery/provider-metadata.ts'
import type { CachedValue } from '../../base/cached-value.ts'
import type { AuthoritySettings, ClientSettings } from '../../settings/settings.ts'
import type { DiscoveredProvider } from '../discovery/discovery.ts'
import type { SigningKeys } from '../id-token/signing-keys.ts'
import { readTokenResponse, type TokenAnswer } from './token-response.ts'

const requestMs = 10_000
const maxBytes = 256 * 1024
/** The library only hands it back: the answer is read here, without a `Response` around it. */
let unread: Response | undefined

/** What the OAuth library has to be told of each request. */
export interface TokenRequestOptions {
  readonly [customFetch]: (url: string, options: LibraryRequest) => Promise<Response>
  readonly [allowInsecureRequests]: boolean
}

interface LibraryRequest {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: URLSearchParams | undefined
}

/** One token request with a credential, through the OAuth library. */
export type SendTokenRequest = (
  authentication: ClientAuth,
  options: TokenRequestOptions,
) => Promise<Response>

/** An answer with what the log learns of its call. */
export type TokenResult = TokenAnswer & { readonly call: DependencyFailure }

/** What a token request needs. */
export interface TokenEndpointParts {
  readonly fetch: OutgoingFetch
  readonly credential: ClientCredential
  readonly now: () => number
}

/** What a grant at the token endpoint needs. */
export interface GrantParts extends TokenEndpointParts {
  readonly authority: AuthoritySettings
  readonly client: ClientSettings
  readonly discovery: CachedValue<DiscoveredProvider>
  readonly keys: SigningKeys
}

/** Discovery and token request; the rest of a refresh's 20 s is for signing keys and storage. */
export const tokenRequestMs = 13_000

/** Where a token request goes, and when the last try of it ends, in milliseconds since 1970. */
export interface TokenRequestTarget {
  readonly metadata: ProviderMetadata
  readonly deadline: number
}

/**
 * Sends a token request (RFC 6749 §3.2). It is repeated only where nothing of it was sent, and
 * where the provider refused a credential that has changed since: that spends no code. Throws what
 * the credential throws.
 */
export async function requestTokens(
  parts: TokenEndpointParts,
  target: TokenRequestTarget,
  send: SendTokenRequest,
): Promise<TokenResult> {
  const authentication = await parts.credential.authenticate()
  const answer = await attempt(parts, target, send, authentication)
  if (answer.kind !== 'refused' || !isCredentialRefused(answer.error)) return answer
  if (!(await parts.credential.reload(authentication))) return answer
  const renewed = await parts.credential.authenticate()
  return attempt(parts, target, send, renewed)
}

async function attempt(
  parts: TokenEndpointParts,
  { metadata, deadline }: TokenRequestTarget,
  send: SendTokenRequest,
  authentication: ClientAuth,
): Promise<TokenResult> {
  const startedAt = parts.now()
  const call = (status?: number): DependencyFailure => ({
    name: 'identity_provider',
    operation: 'token',
    ...(status !== undefined && { status }),
    durationMs: parts.now() - startedAt,
  })
  const got: { answer?: OutgoingAnswer } = {}
  try {
    await send(authentication, {
      [customFetch]: async (url, request) => {
        got.answer = await post(parts, url, request, deadline)
        return (unread ??= new Response())
      },
      [allowInsecureRequests]: isLoopback(metadata.tokenEndpoint),
    })
    if (got.answer === undefined) throw new TypeError('the OAuth library sent no request')
    const answer = await readTokenResponse(got.answer, parts.now())
    return { ...answer, call: call(got.answer.status) }
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error
    return { kind: 'unavailable', error: undefined, retryAfterSeconds: 5, call: call() }
  }
}

async function post(
  { fetch, now }: TokenEndpointParts,
  url: string,
  { headers, body }: LibraryRequest,
  deadline: number,
): Promise<OutgoingAnswer> {
  const { 'user-agent': _library, ...ours } = headers
  const request = { method: 'POST', headers: ours, body: body?.toString() ?? '', maxBytes }
  const timeoutMs = () => Math.max(1, Math.min(requestMs, deadline - now()))
  try {
    return await fetch(url, { ...request, timeoutMs: timeoutMs() })
  } catch (error) {
    const nothingSent = error instanceof OutgoingError && error.kind === 'connect' && !error.sent
    if (!nothingSent) throw error
    return await fetch(url, { ...request, timeoutMs: timeoutMs() })
  }
}
