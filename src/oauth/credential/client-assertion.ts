import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import type { ClientAuth } from 'oauth4webapi'
import type { SigningCertificate } from '../../base/secrets.ts'
import type { AuthoritySettings } from '../../settings/settings.ts'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const lifetimeSeconds = 300

/**
 * The audience that Entra wants in a managed identity's token, by cloud
 * (learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity).
 */
export function assertionAudience({ host }: Pick<AuthoritySettings, 'host'>): string {
  const audience = 'api://AzureADTokenExchange'
  if (host.hostname.endsWith('.us')) return `${audience}USGov`
  return host.hostname.endsWith('.cn') ? `${audience}China` : audience
}

/** When a ready-made assertion ends, in milliseconds since 1970; 0 where it does not say. */
export function assertionExpiresAt(assertion: string): number {
  try {
    return (decodeJwt(assertion).exp ?? 0) * 1000
  } catch {
    return 0
  }
}

/** Authenticates with an assertion that somebody else signed (RFC 7523 §2.2). */
export function AssertionPost(assertion: string): ClientAuth {
  return (_server, client, body) => {
    body.set('client_id', client.client_id)
    body.set('client_assertion_type', assertionType)
    body.set('client_assertion', assertion)
  }
}

/**
 * Authenticates with an assertion signed anew for each request (RFC 7523 §3, and
 * learn.microsoft.com/entra/identity-platform/certificate-credentials). `now` in milliseconds.
 */
export function CertificateJwt(certificate: SigningCertificate, now: () => number): ClientAuth {
  return async (server, client, body, headers) => {
    const seconds = Math.floor(now() / 1000)
    const header = { alg: 'PS256', typ: 'JWT', 'x5t#S256': certificate.thumbprint }
    const payload = {
      aud: server.token_endpoint,
      iss: client.client_id,
      sub: client.client_id,
      jti: randomUUID(),
      nbf: seconds,
      iat: seconds,
      exp: seconds + lifetimeSeconds,
    }
    const signed = `${base64url(header)}.${base64url(payload)}`
    const signature = await certificate.sign(Buffer.from(signed))
    const assertion = `${signed}.${Buffer.from(signature).toString('base64url')}`
    await AssertionPost(assertion)(server, client, body, headers)
  }
}

function base64url(json: object): string {
  return Buffer.from(JSON.stringify(json)).toString('base64url')
}
