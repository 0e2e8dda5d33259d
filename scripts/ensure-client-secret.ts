/** azd hook, after layer core was provisioned: a client secret in the vault, renewed in time. */
import { SecretClient } from '@azure/keyvault-secrets'
import {
  daysVariable,
  requireVariable,
  runHook,
  signedInCredential,
  signedInGraph,
  waitSeconds,
} from './azd/azure-session.ts'
import { ensureClientSecret } from './azd/client-secret.ts'

await runHook(async () => {
  const kind = process.env['CLIENT_CREDENTIAL'] || 'secret'
  if (kind !== 'secret') {
    console.log(`no client secret needed: CLIENT_CREDENTIAL is ${kind}`)
    return
  }
  const lifetimeDays = daysVariable(process.env, 'CLIENT_SECRET_DAYS')
  const credential = signedInCredential()
  await ensureClientSecret({
    graph: signedInGraph(credential),
    vault: new SecretClient(requireVariable(process.env, 'KEY_VAULT_URL'), credential),
    clientId: requireVariable(process.env, 'ENTRA_CLIENT_ID'),
    secretName: 'entra-client-secret',
    displayName: `entra-bff (${requireVariable(process.env, 'AZURE_ENV_NAME')})`,
    ...(lifetimeDays === undefined ? {} : { lifetimeDays }),
    renew: process.env['RENEW_CLIENT_SECRET'] === 'true',
    now: new Date(),
    wait: waitSeconds,
    log: console.log,
  })
})
