import { timingSafeEqual } from 'node:crypto'
import { EntraError } from './aadsts.ts'
import { verifyClientAssertion } from './client-assertion.ts'
import type { Exchange } from './http.ts'
import { sha256 } from './sign-in-log.ts'
import type { EmulatorState } from './state.ts'

/**
 * Authenticates the client of a token request (RFC 6749 §2.3.1 in body or header, RFC 7523 §2.2)
 * and returns its id. Throws what Entra answers: AADSTS700016, 7000215, 7000218, 7000222 and others.
 */
export async function authenticateClient(
  state: EmulatorState,
  exchange: Exchange,
): Promise<string> {
  const { form } = exchange
  const basic = basicCredentials(exchange.headers.authorization)
  const clientId = basic?.id ?? form.get('client_id')
  if (clientId === null) throw missing('client_id')
  if (clientId !== state.settings.clientId) {
    throw new EntraError(700016, { detail: `Application '${clientId}'.` })
  }
  const assertion = form.get('client_assertion')
  const secret = basic?.secret ?? form.get('client_secret')
  if (assertion === null && (secret === null || secret === '')) throw new EntraError(7000218)
  if (exchange.headers.origin !== undefined) throw new EntraError(9002326)
  if (assertion !== null) {
    if (form.get('client_assertion_type') !== jwtBearer) throw missing('client_assertion_type')
    await verifyClientAssertion(state, assertion, exchange.captured[0] ?? '')
    return clientId
  }
  checkSecret(state, clientId, secret ?? '')
  return clientId
}

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

function checkSecret(state: EmulatorState, clientId: string, secret: string): void {
  const equals = (other: string) =>
    timingSafeEqual(Buffer.from(sha256(other)), Buffer.from(sha256(secret)))
  if (state.settings.clientSecrets.some(equals)) return
  const detail = `Secret of app '${clientId}'.`
  if (state.settings.expiredClientSecrets.some(equals)) throw new EntraError(7000222, { detail })
  throw new EntraError(7000215, { detail })
}

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are joined. */
function basicCredentials(
  authorization: string | undefined,
): { id: string; secret: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return undefined
  const [id = '', ...rest] = Buffer.from(encoded, 'base64').toString().split(':')
  return { id: formDecode(id), secret: formDecode(rest.join(':')) }
}

function formDecode(text: string): string {
  return new URLSearchParams(`value=${text}`).get('value') ?? ''
}

function missing(name: string): EntraError {
  return new EntraError(900144, { detail: `Missing parameter: '${name}'.` })
}
