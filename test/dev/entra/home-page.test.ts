import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEntraAdmin, type EntraAdmin } from '../../../dev/entra/admin-client.ts'
import { startEntraEmulator, type EntraEmulator } from '../../../dev/entra/emulator.ts'
import { discover, signIn } from './client.ts'

let emulator: EntraEmulator
let admin: EntraAdmin

beforeAll(async () => {
  emulator = await startEntraEmulator()
  admin = createEntraAdmin(emulator.origin)
})
beforeEach(() => admin.reset())
afterAll(() => emulator.stop())

const home = async (): Promise<string> => (await fetch(emulator.origin)).text()

test('what is wrong stands on top in words, the whole provider being down among it, and one button clears it', async () => {
  expect(await home()).toContain('Nothing is wrong at present')
  await admin.fault('refresh_revoked', 2)
  await admin.fault('expired_id_token', null)
  await admin.down()

  const page = await home()
  expect(page).not.toContain('Nothing is wrong')
  expect(page).toMatch(/Waiting to strike[\s\S]*The whole provider is down: its connections end\./)
  expect(page).toContain('Refresh: revoked (50173), 2 times')
  expect(page).toMatch(/A fault of token, until it is cleared/)
  await admin.clearFaults()
  expect(await home()).toContain('Nothing is wrong at present')
  expect((await fetch(`${emulator.origin}/${emulator.tenantId}/discovery/v2.0/keys`)).status).toBe(
    200,
  )
})

test('the log tells who did which step with what outcome, how long it took, and all of it when opened', async () => {
  await signIn(emulator, await discover(emulator))
  const page = await home()
  const row =
    /<details class="log-row">\s*<summary>([\s\S]*?)<\/summary>([\s\S]*?)<\/details>/.exec(page)
  const cells = (row?.[1] ?? '').replace(/<[^>]+>/g, '|').replace(/\s+/g, ' ')
  expect(cells).toMatch(
    /\d\d:\d\d:\d\d.*ada@contoso\.test.*token request.*200 tokens issued.*\| ?\d+/,
  )
  expect(row?.[2]).toMatch(/Request: POST [\s\S]*code_verifier[\s\S]*Answer/)
})
