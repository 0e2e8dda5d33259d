import { expect, test } from 'vitest'
import type { App, Call } from '../../src/app/app.ts'
import { signInFailed } from '../../src/app/sign-in-failed.ts'
import { BffError } from '../../src/base/errors.ts'
import { readSettings } from '../../src/settings/settings.ts'
import type { InnerReason } from '../support/inner-reasons.ts'

const { settings } = readSettings({
  PUBLIC_URL: 'https://app.example.com',
  ENTRA_TENANT_ID: '11111111-1111-4111-8111-111111111111',
  ENTRA_CLIENT_ID: 'client',
  KEY_VAULT_URL: 'https://v.vault.azure.net',
  TABLES_ENDPOINT: 'https://a.table.core.windows.net',
})

const faults: Record<InnerReason, Error> = {
  unexpected: new TypeError('secret of the fault'),
  session_too_large: new BffError('login_failed', 'secret of the fault', {
    loginFailure: 'session_too_large',
  }),
}

test.each(Object.entries(faults))(
  'M-07 M-03 a sign-in that fails within is login_failed, with the reason %s',
  (reason, fault) => {
    const lines: Record<string, unknown>[] = []
    const app = { settings: settings!, now: () => 1_800_000_000_000 } as unknown as App
    const call = {
      correlationId: 'a'.repeat(32),
      write: (event: string, members: object) => void lines.push({ event, ...members }),
    } as unknown as Call
    const reply = signInFailed(fault, app, call)
    expect(reply.status).toBe(400)
    expect(`${String(reply.body)}${JSON.stringify(lines)}`).not.toContain('secret')
    expect(lines.at(-1)).toEqual({ event: 'bff.login.failed', code: 'login_failed', reason })
    expect(lines.slice(0, -1).map(({ event }) => event)).toEqual(
      reason === 'unexpected' ? ['bff.request.failed'] : [],
    )
  },
)
