import { decodeJwt, jwtVerify } from 'jose'
import { jsonReply, type Exchange, type Reply } from './http.ts'
import { nowOf, type EmulatorState } from './state.ts'
import { pairwiseSubject } from './tokens.ts'
import { findUser } from './users.ts'

/** `/oidc/userinfo` (OpenID Connect Core §5.3), which Entra keeps at Graph: for Graph's tokens only. */
export async function userinfo(state: EmulatorState, exchange: Exchange): Promise<Reply> {
  const token = /^Bearer (\S+)$/.exec(exchange.headers.authorization ?? '')?.[1]
  if (token === undefined) return refused(401)
  const graph = state.settings.apis.find(
    ({ appIdUri }) => appIdUri === 'https://graph.microsoft.com',
  )
  try {
    await jwtVerify(token, state.keys.current.publicKey, {
      audience: graph?.audience ?? '',
      currentDate: nowOf(state),
    })
  } catch {
    return refused(401)
  }
  const user = findUser(state.settings.users, String(decodeJwt(token)['oid']))
  if (user === undefined) return refused(403)
  exchange.entry.user = user.username
  exchange.entry.outcome = 'claims sent'
  const { name, email } = user
  return jsonReply(200, { sub: pairwiseSubject(user, state.settings.clientId), name, email })
}

/** Where an overage claim points; the log says whether anybody followed it. */
export function groupsOverage(state: EmulatorState, exchange: Exchange): Reply {
  const user = findUser(state.settings.users, exchange.captured[1] ?? '')
  exchange.entry.outcome = 'overage endpoint fetched'
  if (user !== undefined) exchange.entry.user = user.username
  return jsonReply(200, { value: user?.groups ?? [] })
}

function refused(status: number): Reply {
  return jsonReply(
    status,
    { error: { code: 'InvalidAuthenticationToken' } },
    { 'www-authenticate': 'Bearer' },
  )
}
