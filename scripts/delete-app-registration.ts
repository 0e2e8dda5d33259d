/** azd hook, after azd down: the app registration, which azd itself does not delete. */
import { deleteRegistration } from './azd/app-registration.ts'
import { requireVariable, runHook, signedInCredential, signedInGraph } from './azd/azure-session.ts'

await runHook(async () => {
  if (process.env['EXISTING_CLIENT_ID']) {
    console.log('the app registration was there before this environment and stays')
    return
  }
  // An output of layer identity, which azd removes with that layer: `azd down core` leaves it.
  if (process.env['IDENTITY_NAME']) {
    console.log('the app registration stays: layer identity was not taken down')
    return
  }
  await deleteRegistration({
    graph: signedInGraph(signedInCredential()),
    subscriptionId: requireVariable(process.env, 'AZURE_SUBSCRIPTION_ID'),
    environmentName: requireVariable(process.env, 'AZURE_ENV_NAME'),
    purge: process.env['PURGE_APP_REGISTRATION'] === 'true',
    log: console.log,
  })
})
