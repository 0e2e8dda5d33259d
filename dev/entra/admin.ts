import type { AdminHandler, AdminRequest } from './admin-call.ts'
import { adminAuthorize } from './admin-authorize.ts'
import { adminFaults, clearFaults, listFaults } from './admin-faults.ts'
import { listSessions, revokeSessions, signOutEverywhere } from './admin-sessions.ts'
import { addUser, changeUser } from './admin-users.ts'
import { EntraError } from './aadsts.ts'
import { bodyObject, jsonReply, redirectReply, type Reply } from './http.ts'
import { createSigningKey, rollOver } from './keys.ts'
import { resetState, type EmulatorState } from './state.ts'

const handlers: Record<string, AdminHandler> = {
  'GET /_admin/requests': listRequests,
  'DELETE /_admin/requests': (state) => {
    state.log.length = 0
    return { count: 0 }
  },
  'POST /_admin/reset': (state) => {
    resetState(state)
    return { reset: true }
  },
  'GET /_admin/settings': (state) => state.settings,
  'POST /_admin/settings': (state, body) => changeSettings(state, body),
  'POST /_admin/secrets': (state, body) =>
    changeSettings(state, {
      clientSecrets: body['secrets'] ?? [],
      expiredClientSecrets: body['expired'] ?? [],
    }),
  'POST /_admin/clock': (state, body) =>
    changeSettings(state, { clockOffsetSeconds: Number(body['offsetSeconds'] ?? 0) }),
  'GET /_admin/users': (state) => ({ users: state.settings.users }),
  'POST /_admin/users': addUser,
  'PATCH /_admin/users': changeUser,
  'GET /_admin/sessions': (state) => listSessions(state),
  'POST /_admin/sessions/revoke': revokeSessions,
  'POST /_admin/sessions/sign-out': signOutEverywhere,
  'POST /_admin/authorize': adminAuthorize,
  'GET /_admin/faults': (state) => listFaults(state),
  'POST /_admin/faults': adminFaults,
  'DELETE /_admin/faults': (state) => clearFaults(state),
  'POST /_admin/faults/clear': (state) => clearFaults(state),
  'POST /_admin/keys': changeKeys,
  'POST /_admin/down': (state, body) => {
    state.down = body['mode'] === 'unavailable' ? 'unavailable' : 'drop'
    return { down: state.down }
  },
  'POST /_admin/up': (state) => {
    state.down = undefined
    return { down: null }
  },
}

/** `/_admin/*`: JSON for tests; the same calls as forms, from the emulator's page, lead back to it. */
export async function admin(state: EmulatorState, request: AdminRequest): Promise<Reply> {
  // Pages elsewhere must not be able to press these buttons.
  if (request.headers['sec-fetch-site'] === 'cross-site') {
    return jsonReply(403, { error: 'cross_site' })
  }
  const handler = handlers[`${request.method} ${request.url.pathname}`]
  if (handler === undefined) return jsonReply(404, { error: 'unknown_admin_call' })
  try {
    const result = await handler(state, bodyObject(request), request.url)
    return request.form.size > 0 ? redirectReply('/', 303) : jsonReply(200, result)
  } catch (error) {
    if (!(
      error instanceof EntraError ||
      error instanceof SyntaxError ||
      error instanceof TypeError
    ))
      throw error
    return jsonReply(400, { error: 'bad_admin_call', message: error.message })
  }
}

function listRequests(state: EmulatorState, _body: unknown, url: URL): unknown {
  const kind = url.searchParams.get('kind')
  const grantType = url.searchParams.get('grant_type')
  const requests = state.log.filter(
    (entry) =>
      (kind === null || entry.kind === kind) &&
      (grantType === null || entry.parameters['grant_type'] === grantType),
  )
  return { count: requests.length, requests }
}

function changeSettings(state: EmulatorState, change: Record<string, unknown>): unknown {
  const unknown = Object.keys(change).find((name) => !(name in state.settings))
  if (unknown !== undefined) throw new TypeError(`"${unknown}" is no setting of the emulator`)
  // `null` is how JSON says undefined.
  const entries = Object.entries(change).map(([name, value]) => [name, value ?? undefined])
  Object.assign(state.settings, Object.fromEntries(entries))
  return state.settings
}

async function changeKeys(state: EmulatorState, body: Record<string, unknown>): Promise<unknown> {
  switch (body['action']) {
    case 'rollover':
      await rollOver(state.keys, body['retire'] === true || body['retire'] === 'true')
      break
    case 'single':
      state.keys.others = []
      break
    case 'add':
      state.keys.others.push(await createSigningKey())
      break
    default:
      throw new TypeError('"action" must be rollover, single or add')
  }
  const { current, others } = state.keys
  return { current: current.kid, published: [current, ...others].map(({ kid }) => kid) }
}
