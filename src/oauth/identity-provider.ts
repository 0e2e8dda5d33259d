import type { OutgoingFetch } from '../outgoing/outgoing-fetch.ts'
import type { AuthoritySettings, ClientSettings } from '../settings/settings.ts'
import {
  type AuthorizationRequest,
  buildAuthorizationUrl,
} from './authorization/authorization-request.ts'
import {
  type AuthorizationResponse,
  authorizationCodeOf,
} from './authorization/authorization-response.ts'
import type { ClientCredential } from './credential/client-credential.ts'
import { type CodeRedemption, redeemCode, type SignedIn } from './token/code-redemption.ts'
import { createDiscovery } from './discovery/discovery.ts'
import { buildEndSessionUrl, type EndSessionRequest } from './authorization/end-session-request.ts'
import type { GrantParts } from './token/token-endpoint.ts'
import { misconfigured } from './discovery/provider-call.ts'
import type { ProviderMetadata } from './discovery/provider-metadata.ts'
import { outcomeOfError, refreshTokens } from './token/refresh-grant.ts'
import type { RenewalOutcome, RenewalRequest } from '../renewal/outcome.ts'
import { createSigningKeys } from './id-token/signing-keys.ts'

/**
 * The identity provider, in the words of the endpoints. What cannot be had is thrown as BffError
 * `identity_provider_unavailable` or `configuration_error` with `details.dependency` for the log.
 */
export interface IdentityProvider {
  /** Discovery: cached 1 h, used up to 24 h while the provider is away, one request at a time. */
  metadata(): Promise<ProviderMetadata>
  authorizationUrl(request: AuthorizationRequest): Promise<URL>
  /**
   * Checks issuer and error of a response and returns its code; throws the sign-in error that it
   * means (RFC 6749 §4.1.2, RFC 9207 §2.4).
   */
  authorizationCode(response: AuthorizationResponse): Promise<string>
  /**
   * One token request, the ID token validated, the tenant policy applied. Throws a sign-in error
   * with `details.loginFailure` and `details.idp`; also `vault_unavailable`.
   */
  redeemCode(redemption: CodeRedemption): Promise<SignedIn>
  /** Never throws for what the provider, the network or the vault did: that is the outcome. */
  refresh(request: RenewalRequest): Promise<RenewalOutcome>
  endSessionUrl(request: EndSessionRequest): Promise<URL>
}

/** What the identity provider is made of. */
export interface IdentityProviderParts {
  readonly authority: AuthoritySettings
  readonly client: ClientSettings
  readonly fetch: OutgoingFetch
  readonly credential: ClientCredential
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The identity provider of an authority: Entra, or any other with its issuer rule. */
export function createIdentityProvider(parts: IdentityProviderParts): IdentityProvider {
  const { client } = parts
  const discovery = createDiscovery(parts)
  const keys = createSigningKeys({ ...parts, discovery })
  const grants: GrantParts = { ...parts, discovery, keys }
  const metadata = async () => (await discovery.get()).metadata

  return {
    metadata,
    async authorizationUrl(request) {
      return buildAuthorizationUrl(await metadata(), client, request)
    },
    async authorizationCode(response) {
      return authorizationCodeOf(response, metadata)
    },
    async redeemCode(redemption) {
      return redeemCode(grants, redemption)
    },
    async refresh(request) {
      try {
        return await refreshTokens(grants, request)
      } catch (error) {
        return outcomeOfError(error)
      }
    },
    async endSessionUrl(request) {
      const { endSessionEndpoint } = await metadata()
      if (endSessionEndpoint === undefined)
        throw misconfigured('the authority has no "end_session_endpoint"', {
          name: 'identity_provider',
          operation: 'discovery',
        })
      return buildEndSessionUrl(endSessionEndpoint, client, request)
    },
  }
}
