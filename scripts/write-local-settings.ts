/** azd hook, after layer core was provisioned: settings to develop against that registration. */
import { runHook } from './azd/azure-session.ts'
import { writeLocalSettings } from './azd/local-settings.ts'

await runHook(() =>
  writeLocalSettings({
    file: new URL('../local.settings.json', import.meta.url),
    env: process.env,
    log: console.log,
  }),
)
