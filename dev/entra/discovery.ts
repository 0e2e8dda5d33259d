import type { Exchange, Reply } from './http.ts'
import { jsonReply } from './http.ts'
import { publicJwk, publishedKeys } from './keys.ts'
import { edit } from './signed-token.ts'
import type { EmulatorState } from './state.ts'
import { issuerOf, resolveTenant } from './tenants.ts'

/**
 * `GET /{tenant}/v2.0/.well-known/openid-configuration`, with the members that Entra's has: neither
 * `code_challenge_methods_supported` nor `authorization_response_iss_parameter_supported`.
 */
export function discovery(state: EmulatorState, exchange: Exchange): Reply {
  const path = resolveTenant(state.settings, exchange.captured[0] ?? '')
  const base = `${state.origin}/${path.name}`
  const document = {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: [
      'client_secret_post',
      'private_key_jwt',
      'client_secret_basic',
    ],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: issuerOf(state.origin, path),
    request_uri_parameter_supported: false,
    userinfo_endpoint: `${state.origin}/oidc/userinfo`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    claims_supported,
    kerberos_endpoint: `${base}/kerberos`,
    tenant_region_scope: path.tenant === undefined ? null : 'EU',
    cloud_instance_name: 'microsoftonline.com',
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: 'graph.microsoft.com',
    rbac_url: 'https://pas.windows.net',
  }
  exchange.entry.outcome = path.name
  return publicJson(edit(document, exchange.fault?.edit?.set, exchange.fault?.edit?.remove))
}

/** `GET /{tenant}/discovery/v2.0/keys`: the JWKS (RFC 7517 §5), each key with its issuer. */
export function jwks(state: EmulatorState, exchange: Exchange): Reply {
  const path = resolveTenant(state.settings, exchange.captured[0] ?? '')
  const issuer = issuerOf(state.origin, path)
  const keys = publishedKeys(state.keys).map((key) => publicJwk(key, issuer))
  exchange.entry.outcome = `${keys.length} keys`
  return publicJson(edit({ keys }, exchange.fault?.edit?.set, exchange.fault?.edit?.remove))
}

const claims_supported = [
  'sub',
  'iss',
  'cloud_instance_name',
  'cloud_instance_host_name',
  'cloud_graph_host_name',
  'msgraph_host',
  'aud',
  'exp',
  'iat',
  'auth_time',
  'acr',
  'nonce',
  'preferred_username',
  'name',
  'tid',
  'ver',
  'at_hash',
  'c_hash',
  'email',
]

function publicJson(document: Record<string, unknown>): Reply {
  return jsonReply(200, document, {
    'cache-control': 'max-age=86400, private',
    pragma: '',
    'access-control-allow-origin': '*',
  })
}
