import { randomBytes } from 'node:crypto'
import { startDemoApi } from '../demo-api/demo-api.ts'
import * as defaults from '../entra/defaults.ts'
import { startEntraEmulator } from '../entra/emulator.ts'
import { startKeyVaultEmulator } from '../key-vault/emulator.ts'
import type { TlsFiles } from './certificate.ts'
import type { StackAddresses } from './environment.ts'
import type { KeptFolders } from './kept-folder.ts'
import { startPart } from './part-failure.ts'
import { wantedPorts } from './ports.ts'
import { probe } from './probe.ts'
import type { StackOptions } from './stack-options.ts'

interface Started {
  readonly emulated: NonNullable<StackAddresses['emulated']>
  /** People whose sign-in at the local Entra was kept. */
  readonly signedInToEntra: number
}

/** Starts Entra, Key Vault and demo API for functions at `publicUrl`, whose certificate `tls` has. */
export async function startEmulators(
  options: StackOptions,
  addresses: { publicUrl: string; tls: TlsFiles | undefined; kept: KeptFolders | undefined },
): Promise<Started> {
  const { cleanup } = options
  const { publicUrl, tls, kept } = addresses
  const entra = await startPart('Local Entra', 'see the error above', async () => {
    const emulator = await startEntraEmulator({
      port: await options.ports.find(wantedPorts.entra, 'the local Entra'),
      clientSecrets: [defaults.clientSecret],
      redirectUris: [`${publicUrl}/auth/callback`, `${publicUrl}/auth/logout/callback`],
      frontChannelLogoutUrl: `${publicUrl}/auth/logout/frontchannel`,
      appCertificate: tls?.cert,
      ...(kept === undefined ? {} : { directory: kept.entra }),
    })
    cleanup.add(() => emulator.stop())
    const discovery = `${emulator.tenantId}/v2.0/.well-known/openid-configuration`
    await probe(`${emulator.origin}/${discovery}`, 200)
    return emulator
  })
  const authority = `${entra.origin}/${entra.tenantId}`
  const keyVaultUrl = await startVault(options, {
    authority: entra.origin,
    tenantId: entra.tenantId,
    ...(kept === undefined ? {} : { directory: kept.vault }),
  })
  const demoApi = await startPart('Demo API', 'see the error above', async () => {
    const api = await startDemoApi({
      port: await options.ports.find(wantedPorts.demoApi, 'the demo API'),
      issuer: `${authority}/v2.0`,
      jwksUri: `${authority}/discovery/v2.0/keys`,
      audience: defaults.demoApi.audience,
    })
    cleanup.add(() => api.stop())
    await probe(`${api.origin}/me`, 401)
    return api
  })
  const emulated = {
    entraOrigin: entra.origin,
    tenantId: entra.tenantId,
    clientId: entra.clientId,
    keyVaultUrl,
    demoApiUrl: `${demoApi.origin}/`,
    demoApiScope: `${defaults.demoApi.appIdUri}/access_as_user`,
    identity: defaults.managedIdentity,
  }
  return { emulated, signedInToEntra: entra.signedIn() }
}

async function startVault(
  options: StackOptions,
  wanted: { authority: string; tenantId: string; directory?: string },
): Promise<string> {
  const fix = 'with --persist, delete .local/vault and .local/tables'
  return startPart('Key Vault', fix, async () => {
    const vault = await startKeyVaultEmulator({
      ...wanted,
      port: await options.ports.find(wantedPorts.keyVault, 'the Key Vault'),
    })
    options.cleanup.add(() => vault.stop())
    const { CLIENT_SECRET_NAME, SESSION_KEY_NAME } = options.values
    const secretName = CLIENT_SECRET_NAME ?? 'entra-client-secret'
    const keyName = SESSION_KEY_NAME ?? 'session-key'
    if (!vault.hasSecret(secretName)) vault.setSecret(secretName, defaults.clientSecret)
    if (!vault.hasSecret(keyName)) {
      vault.setSecret(keyName, randomBytes(32).toString('base64url'))
    }
    await probe(`${vault.url}/secrets/${keyName}`, 401)
    return vault.url
  })
}
