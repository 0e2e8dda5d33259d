import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose'
import { EntraError } from './aadsts.ts'
import { publishedKeys } from './keys.ts'
import type { FederatedCredential } from './directory.ts'
import { nowOf, type EmulatorState } from './state.ts'

/**
 * Checks a client assertion (RFC 7523 §3): one that the app signed with a registered certificate, or
 * the token of a trusted workload identity. Throws AADSTS50027, 700027, 700023, 700024, 70021x.
 */
export async function verifyClientAssertion(
  state: EmulatorState,
  assertion: string,
  tenantSegment: string,
): Promise<void> {
  const { claims } = decode(assertion)
  if (claims.iss === state.settings.clientId) {
    await verifyCertificateAssertion(state, assertion, tenantSegment)
  } else {
    await verifyFederatedAssertion(state, assertion, claims)
  }
}

async function verifyCertificateAssertion(
  state: EmulatorState,
  assertion: string,
  tenantSegment: string,
): Promise<void> {
  const { header } = decode(assertion)
  const thumbprint = header['x5t#S256'] ?? header.x5t
  const key = state.settings.certificates
    .map(readCertificate)
    .find(({ sha1, sha256 }) =>
      header['x5t#S256'] === undefined ? sha1 === header.x5t : sha256 === header['x5t#S256'],
    )?.publicKey
  if (key === undefined) {
    const detail = `[Reason - The key was not found., Thumbprint of key used by client: ${JSON.stringify(thumbprint)}]`
    throw new EntraError(700027, { detail })
  }
  const claims = await verifySignature(state, assertion, {
    keys: [key],
    algorithms: ['RS256', 'PS256'],
    code: 700027,
  })
  if (claims.sub !== state.settings.clientId) throw new EntraError(700021)
  // Entra wants the token endpoint as audience, by the path used or by the tenant's id.
  const audiences = [tenantSegment, state.settings.tenantId].map(
    (tenant) => `${state.origin}/${tenant}/oauth2/v2.0/token`,
  )
  if (typeof claims.aud !== 'string' || !audiences.includes(claims.aud)) {
    throw new EntraError(700023, { detail: `Audience '${String(claims.aud)}'.` })
  }
  for (const name of ['exp', 'nbf', 'jti']) {
    if (claims[name] === undefined) throw new EntraError(50027, { detail: `No '${name}' claim.` })
  }
}

async function verifyFederatedAssertion(
  state: EmulatorState,
  assertion: string,
  claims: JWTPayload,
): Promise<void> {
  requireTrusted(state, claims)
  const keys = publishedKeys(state.keys).map(({ publicKey }) => publicKey)
  const verified = await verifySignature(state, assertion, {
    keys,
    algorithms: ['RS256'],
    code: 50027,
  })
  if (verified.exp === undefined) throw new EntraError(700024)
}

function requireTrusted(state: EmulatorState, claims: JWTPayload): void {
  const issuerOfCredential = ({ issuer }: FederatedCredential) =>
    issuer ?? `${state.origin}/${state.settings.tenantId}/v2.0`
  const shown = `Assertion Issuer: '${String(claims.iss)}'. Assertion Subject: '${String(claims.sub)}'. Assertion Audience: '${String(claims.aud)}'.`
  const issued = state.settings.federatedCredentials.filter(
    (credential) => issuerOfCredential(credential) === claims.iss,
  )
  if (issued.length === 0) throw new EntraError(700211, { detail: shown })
  const ofSubject = issued.filter(({ subject }) => subject === claims.sub)
  if (ofSubject.length === 0) throw new EntraError(700213, { detail: shown })
  if (!ofSubject.some(({ audience }) => audience === claims.aud)) {
    throw new EntraError(700212, { detail: shown })
  }
}

async function verifySignature(
  state: EmulatorState,
  assertion: string,
  { keys, algorithms, code }: { keys: KeyObject[]; algorithms: string[]; code: number },
): Promise<JWTPayload> {
  for (const key of keys) {
    try {
      const options = { algorithms, currentDate: nowOf(state), clockTolerance: 300 }
      return (await jwtVerify(assertion, key, options)).payload
    } catch (error) {
      if (error instanceof errors.JWTExpired || isTimeClaim(error)) throw new EntraError(700024)
      if (!(error instanceof errors.JOSEError)) throw error
    }
  }
  throw new EntraError(code, { detail: '[Reason - The signature does not fit the key.]' })
}

function isTimeClaim(error: unknown): boolean {
  return error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf'
}

function decode(assertion: string) {
  try {
    return { header: decodeProtectedHeader(assertion), claims: decodeJwt(assertion) }
  } catch (error) {
    throw new EntraError(50027, { detail: error instanceof Error ? error.message : '' })
  }
}

interface Certificate {
  publicKey: KeyObject
  sha1: string
  sha256: string
}

function readCertificate(pem: string): Certificate {
  const certificate = new X509Certificate(pem)
  return {
    publicKey: createPublicKey(pem),
    sha1: thumbprint(certificate.fingerprint),
    sha256: thumbprint(certificate.fingerprint256),
  }
}

function thumbprint(fingerprint: string): string {
  return Buffer.from(fingerprint.replaceAll(':', ''), 'hex').toString('base64url')
}
