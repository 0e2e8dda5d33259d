import type { ClientAuth } from 'oauth4webapi'

/** How this app proves itself at the token endpoint, whichever kind it is. */
export interface ClientCredential {
  /** Throws `vault_unavailable` or `configuration_error`. */
  authenticate(): Promise<ClientAuth>
  /** Reads it again after the provider refused it; true where it changed. Throws as `authenticate`. */
  reload(): Promise<boolean>
}
