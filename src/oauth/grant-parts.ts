import type { AuthoritySettings, ClientSettings } from '../settings/settings.ts'
import type { DiscoveredProvider } from './discovery/discovery.ts'
import type { Kept } from '../base/cached-value.ts'
import type { SigningKeys } from './id-token/signing-keys.ts'
import type { TokenEndpointParts } from './token/token-endpoint.ts'

/** What a grant at the token endpoint needs. */
export interface GrantParts extends TokenEndpointParts {
  readonly authority: AuthoritySettings
  readonly client: ClientSettings
  readonly discovery: Kept<DiscoveredProvider>
  readonly keys: SigningKeys
}

/** Discovery and token request; the rest of a refresh's 20 s is for signing keys and storage. */
export const tokenRequestMs = 13_000
