import type { ManagedIdentityAssertion, Vault } from '../base/secrets.ts'
import type { Environment } from '../settings/front-end.ts'
import type { Settings } from '../settings/settings.ts'
import type { Stores } from '../stores/ports.ts'

/** What this app has on Azure; each part is loaded when it is first asked for. */
export interface AzureAdapters {
  readonly stores: () => Promise<Stores>
  readonly vault: () => Promise<Vault>
  readonly managedIdentityAssertion: ManagedIdentityAssertion
}

/** Makes the adapters; no SDK is loaded yet. `env` tells which managed identity is meant. */
export function createAzureAdapters(settings: Settings, env: Environment): AzureAdapters {
  const credentials = async () => {
    const azure = await import('./credentials.ts')
    const tokenCredential = azure.createTokenCredential(env)
    const assertion = azure.createManagedIdentityAssertion(tokenCredential)
    return { tokenCredential, assertion }
  }
  let loaded: ReturnType<typeof credentials> | undefined
  const loadedCredentials = () => (loaded ??= credentials())
  const tokenCredential = async () => (await loadedCredentials()).tokenCredential()
  return {
    stores: async () => {
      const { createTableStores } = await import('./table-stores.ts')
      return createTableStores(settings.tables, { now: () => Date.now(), tokenCredential })
    },
    vault: async () => {
      const { createVault } = await import('./key-vault.ts')
      return createVault(settings.keyVaultUrl!, tokenCredential)
    },
    managedIdentityAssertion: async (audience) => (await loadedCredentials()).assertion(audience),
  }
}
