import type { TokenCredential } from '@azure/identity'
import { withDeadline } from '../base/deadline.ts'

/** Storage and vault calls that need a token first wait for one no longer than this. */
const tokenTimeoutMs = 8_000

/** Loads the real credential with the first token that is asked for, and bounds the wait for each. */
export function lazyCredential(load: () => Promise<TokenCredential>): TokenCredential {
  return {
    getToken: (scopes, options) =>
      withDeadline(tokenTimeoutMs, async () => (await load()).getToken(scopes, options)),
  }
}
