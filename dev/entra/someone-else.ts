import { EntraError } from './aadsts.ts'
import { isRecord } from './http.ts'
import type { EmulatorState } from './state.ts'
import { adHocUser, findUser, type EntraUser } from './users.ts'

/** The user that "Someone else" describes; a user name that exists is that user, changed. */
export function someoneElse(state: EmulatorState, form: URLSearchParams): EntraUser {
  const username = form.get('username')?.trim() || 'someone@contoso.test'
  const existing = findUser(state.settings.users, username)
  const user = adHocUser({
    ...existing,
    username,
    name: form.get('name')?.trim() || (existing?.name ?? username),
    email: username,
    roles: (form.get('roles') ?? '').split(/[\s,]+/).filter((role) => role !== ''),
    claims: parseClaims(form.get('claims') ?? ''),
  })
  state.settings.users = [...state.settings.users.filter((each) => each !== existing), user]
  return user
}

function parseClaims(text: string): Record<string, unknown> {
  if (text.trim() === '') return {}
  try {
    const claims: unknown = JSON.parse(text)
    if (isRecord(claims)) return claims
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new EntraError(90023, { detail: 'The claims of "Someone else" are not a JSON object.' })
}
