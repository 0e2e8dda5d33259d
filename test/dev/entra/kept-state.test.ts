import { mkdtemp, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createEntraAdmin } from '../../../dev/entra/admin-client.ts'
import { startEntraEmulator } from '../../../dev/entra/emulator.ts'
import { discover, signIn, tokenRequest } from './client.ts'

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'entra-'))

test('with a folder, users, grants, consents and keys outlive a process that nobody stopped', async () => {
  const directory = await folder()
  const first = await startEntraEmulator({ directory })
  const keysOf = async (origin: string): Promise<unknown> =>
    (await fetch(`${origin}/${first.tenantId}/discovery/v2.0/keys`)).json()
  await createEntraAdmin(first.origin).addUser({ username: 'zoe@contoso.test', name: 'Zoe' })
  const { refresh_token } = await signIn(
    first,
    await discover(first),
    {},
    { user: 'zoe@contoso.test' },
  )
  const keys = (await keysOf(first.origin)) as { keys: { kid: string }[] }

  // As after SIGKILL: the second one finds only what the first had written when it answered.
  const second = await startEntraEmulator({ directory })
  await first.stop()

  const renewed = await tokenRequest(second, { grant_type: 'refresh_token', refresh_token })
  expect(renewed.status).toBe(200)
  expect((await renewed.json()) as { refresh_token: string }).toHaveProperty('refresh_token')
  expect(second.signedIn()).toBe(1)
  const known = ((await keysOf(second.origin)) as typeof keys).keys.map(({ kid }) => kid)
  expect(known).toEqual(keys.keys.map(({ kid }) => kid))
  expect((await stat(join(directory, 'entra.json'))).mode & 0o077).toBe(0)
  await second.stop()
})

test('a file that cannot be read is an error, and leaves nothing listening', async () => {
  const directory = await folder()
  await writeFile(join(directory, 'entra.json'), '{')
  await expect(startEntraEmulator({ directory })).rejects.toThrow()
})
