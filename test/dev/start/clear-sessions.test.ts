import { TableServiceClient } from '@azure/data-tables'
import { expect, test } from 'vitest'
import { startAzurite } from '../../../dev/azurite/start-azurite.ts'
import { clearSessions } from '../../../dev/start/clear-sessions.ts'
import { createTextOutput } from '../../../dev/start/text-output.ts'
import { readyText } from '../../../dev/start/ready-text.ts'
import { gatherSettings } from '../../../dev/start/settings-sources.ts'
import { tablesText } from '../../../dev/start/tables-text.ts'
import type { Stack } from '../../../dev/start/stack.ts'

function stackWith(tables: string, endpoint = tables): Stack {
  return {
    addresses: { publicUrl: 'http://localhost:7071', tables, sessionKey: '' },
    kept: undefined,
    tablesProcess: () => 0,
    tablesEndpoint: () => endpoint,
    host: { functions: [] } as unknown as Stack['host'],
    reload: () => Promise.resolve([]),
  }
}

async function said(stack: Stack): Promise<string> {
  const lines: string[] = []
  await clearSessions(
    stack,
    createTextOutput((line) => lines.push(line), { colors: false }),
  )
  return lines.join('\n')
}

test('deletes the tables of the stack, and says that all sessions are gone', async () => {
  const azurite = await startAzurite()
  const options = { allowInsecureConnection: true }
  const service = TableServiceClient.fromConnectionString(azurite.connectionString, options)
  await service.createTable('sessions')
  const text = await said(stackWith(azurite.connectionString))
  const left = await service.listTables().next()
  await azurite.stop()

  expect(text).toBe('  All sessions are gone.')
  expect(left.done).toBe(true)
})

test('says what went wrong where the tables could not be deleted, and nothing else', async () => {
  expect(await said(stackWith('broken'))).toMatch(/^(?!.*gone).+/s)
})

test('leaves tables elsewhere alone, and offers no key for it', async () => {
  const elsewhere = stackWith('of this stack', 'https://account.table.core.windows.net')
  const options = { open: false, persist: false, https: true, entra: true, json: false }
  const context = {
    seconds: 1,
    arguments: options,
    settings: gatherSettings({ TABLES_ENDPOINT: 'elsewhere' }, {}),
    keys: true,
  }
  const text = readyText(elsewhere, context)

  expect(await said(elsewhere)).toContain('nothing is deleted')
  expect(text).toMatch(/Tables +https:\/\/account.table.core.windows.net TABLES_ENDPOINT of local/)
  expect(text).toMatch(/Certificate +\.local\/https\/certificate\.pem/)
  expect(text).not.toContain('clear sessions')
  expect(readyText(stackWith('of this stack'), context)).toContain('c clear sessions')
})

test.each([
  ['https://one.table.core.windows.net/?sig=secret', 'https://one.table.core.windows.net'],
  ['AccountName=two;AccountKey=secret;EndpointSuffix=core.windows.net', 'account two'],
  ['AccountName=a;AccountKey=secret;TableEndpoint=http://127.0.0.1:1/a;', 'http://127.0.0.1:1'],
  ['https://one.example,-AccountName=two;AccountKey=secret', 'https://one.example, account two'],
])('names the account of %s, and no key', (setting, expected) => {
  expect(tablesText(setting)).toBe(expected)
})
