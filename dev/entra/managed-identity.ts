import { randomUUID } from 'node:crypto'
import { jsonReply, type Exchange, type Reply } from './http.ts'
import { signToken } from './signed-token.ts'
import { nowOf, type EmulatorState } from './state.ts'

const lifetime = 24 * 3600

/**
 * `GET /msi/token`: App Service's managed identity endpoint, version 2019-08-01 (Microsoft: "How to
 * use managed identities for App Service", REST endpoint reference). `IDENTITY_ENDPOINT` is its URL.
 */
export async function managedIdentityToken(
  state: EmulatorState,
  exchange: Exchange,
): Promise<Reply> {
  const identity = state.settings.managedIdentity
  const query = exchange.url.searchParams
  if (exchange.headers['x-identity-header'] !== identity.header) {
    return refused(401, 'The X-IDENTITY-HEADER is missing or wrong.')
  }
  if (query.get('api-version') !== '2019-08-01') return refused(400, 'Unsupported api-version.')
  const resource = query.get('resource')
  if (resource === null || resource === '') return refused(400, 'The resource is missing.')
  const asked = query.get('client_id') ?? query.get('principal_id') ?? identity.clientId
  if (asked !== identity.clientId && asked !== identity.principalId) {
    return refused(
      400,
      'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.',
    )
  }
  const now = Math.floor(nowOf(state).getTime() / 1000)
  const claims = {
    aud: resource,
    iss: `${state.origin}/${state.settings.tenantId}/v2.0`,
    iat: now - 300,
    nbf: now - 300,
    exp: now + lifetime,
    appid: identity.clientId,
    azp: identity.clientId,
    idtyp: 'app',
    oid: identity.principalId,
    sub: identity.principalId,
    tid: state.settings.tenantId,
    uti: randomUUID(),
    ver: '2.0',
  }
  exchange.entry.outcome = `token for ${resource}`
  return jsonReply(200, {
    access_token: await signToken(state.keys.current, claims, exchange.fault?.accessToken),
    expires_on: String(now + lifetime),
    resource,
    token_type: 'Bearer',
    client_id: identity.clientId,
  })
}

function refused(statusCode: number, message: string): Reply {
  return jsonReply(statusCode, { statusCode, message })
}
