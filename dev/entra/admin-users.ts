import { textOf } from './admin-call.ts'
import type { EmulatorState } from './state.ts'
import { adHocUser, findUser, type EntraUser } from './users.ts'

/** `POST /_admin/users`: adds a user, or replaces the one of that user name. */
export function addUser(state: EmulatorState, body: Record<string, unknown>): EntraUser {
  const username = textOf(body, 'username')
  if (username === undefined) throw new TypeError('"username" is missing')
  const existing = findUser(state.settings.users, username)
  const user = adHocUser({ ...existing, ...body, username })
  state.settings.users = [...state.settings.users.filter((each) => each !== existing), user]
  return user
}

/** `PATCH /_admin/users?user=ada@contoso.test`: changes members; null removes; `{"deleted":true}` deletes. */
export function changeUser(
  state: EmulatorState,
  body: Record<string, unknown>,
  url: URL,
): EntraUser {
  const user = requireUser(state, url.searchParams.get('user'))
  if (body['deleted'] === true) {
    state.settings.users = state.settings.users.filter((each) => each !== user)
    return user
  }
  const entries = Object.entries({ ...user, ...body }).filter(([, value]) => value !== null)
  const changed = Object.fromEntries(entries) as unknown as EntraUser
  state.settings.users = state.settings.users.map((each) => (each === user ? changed : each))
  return changed
}

/** The user that an admin call names. Throws a TypeError where there is none. */
export function requireUser(state: EmulatorState, hint: string | null): EntraUser {
  const user = findUser(state.settings.users, hint ?? '')
  if (user === undefined) throw new TypeError(`there is no user "${hint ?? ''}"`)
  return user
}
