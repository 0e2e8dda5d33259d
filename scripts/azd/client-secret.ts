import type { SecretClient, SecretProperties } from '@azure/keyvault-secrets'
import type { CreatedPassword, Graph } from './graph.ts'
import { retryWhileRolesSpread } from './vault-access.ts'

/** What making and renewing a client secret needs. */
export interface ClientSecretOptions {
  readonly graph: Graph
  readonly vault: SecretClient
  readonly clientId: string
  readonly secretName: string
  /** Shown in the list of secrets of the registration. */
  readonly displayName: string
  /** Days that a new one lives; `defaultLifetimeDays` without it. */
  readonly lifetimeDays?: number
  /** Make a new one however long the present one lives. */
  readonly renew?: boolean
  readonly now: Date
  readonly wait: (seconds: number) => Promise<void>
  readonly log: (line: string) => void
}

const dayMs = 24 * 60 * 60 * 1000
/** How long a client secret lives where nobody says otherwise, in days. */
const defaultLifetimeDays = 180
/**
 * Old and new secret are both valid this long. Key Vault announces the end of a secret 30 days ahead,
 * which is an alert: a pipeline that runs twice a month has to be in time with a run to spare. One that
 * lives shorter than 120 days is renewed at half its life.
 */
const overlapDays = (lifetimeDays: number): number => Math.min(60, lifetimeDays / 2)

/**
 * Puts a client secret into the vault when there is none of this registration, or a new version when
 * the present one is in its last 60 days or half; the old one stays valid until its own end. Removes expired
 * ones that it made. Throws when there is no valid secret and none can be made; while one is valid it
 * says so.
 */
export async function ensureClientSecret(options: ClientSecretOptions): Promise<void> {
  const { secretName, renew = false, now, log, lifetimeDays = defaultLifetimeDays } = options
  const newest = await readCurrent(options)
  const isForeign = belongsToAnother(newest, options.clientId)
  if (isForeign) log(`${secretName} is that of another app registration`)
  const current = isForeign ? undefined : newest
  const expiresOn = current?.expiresOn
  if (!renew && current !== undefined && expiresOn === undefined) {
    log(`${secretName} has no date of expiry: it was put there by hand and is left alone`)
    return
  }
  if (!renew && expiresOn !== undefined && daysUntil(expiresOn, now) > overlapDays(lifetimeDays)) {
    log(`${secretName} is valid until ${day(expiresOn)}`)
    return
  }
  try {
    await createSecret(options)
    await removeExpired(options)
  } catch (error) {
    if (renew || expiresOn === undefined || expiresOn <= now) throw error
    log(
      `${secretName} could not be renewed and is valid until ${day(expiresOn)} only: ${String(error)}`,
    )
  }
}

/** The newest version that is enabled; its value is not read. */
async function readCurrent(options: ClientSecretOptions): Promise<SecretProperties | undefined> {
  const versions = await retryWhileRolesSpread(options, () => listVersions(options))
  const usable = versions.filter(({ enabled }) => enabled !== false)
  return usable.sort((a, b) => createdAt(b) - createdAt(a))[0]
}

/**
 * Whether a version was made for another registration: the vault outlives one that was deleted, and
 * EXISTING_CLIENT_ID can change. Of one that was put there by hand nobody knows.
 */
function belongsToAnother(version: SecretProperties | undefined, clientId: string): boolean {
  const owner = version?.tags?.['clientId']
  return owner !== undefined && owner !== clientId
}

async function listVersions({
  vault,
  secretName,
}: ClientSecretOptions): Promise<SecretProperties[]> {
  const found: SecretProperties[] = []
  let refusal: unknown
  const pages = vault.listPropertiesOfSecretVersions(secretName, {
    onResponse: ({ status, bodyAsText }) => (refusal = status === 403 ? bodyAsText : undefined),
  })
  try {
    for await (const version of pages) found.push(version)
    return found
  } catch (error) {
    // Of a list the SDK keeps the status alone, and not why the vault refused.
    throw Object.assign(error as Error, { details: refusal })
  }
}

async function createSecret(options: ClientSecretOptions): Promise<void> {
  const { graph, vault, clientId, secretName, now, log } = options
  const { lifetimeDays = defaultLifetimeDays } = options
  const expiresOn = new Date(now.getTime() + lifetimeDays * dayMs)
  const password = await addPassword(options, expiresOn)
  try {
    await retryWhileRolesSpread(options, () =>
      vault.setSecret(secretName, password.secretText, {
        expiresOn,
        contentType: 'client secret of the app registration',
        tags: { clientId, keyId: password.keyId },
      }),
    )
  } catch (error) {
    // A secret that nobody can read is one too many.
    await graph.removePassword(clientId, password.keyId)
    throw error
  }
  log(`${secretName} is new and valid until ${day(expiresOn)}`)
}

/** Tells a policy of the tenant apart from a right that is missing: each has a way out of its own. */
async function addPassword(options: ClientSecretOptions, end: Date): Promise<CreatedPassword> {
  const { graph, clientId, displayName } = options
  try {
    return await graph.addPassword(clientId, { displayName, endDateTime: end.toISOString() })
  } catch (error) {
    const hint = policyHints[(error as { code?: string }).code ?? '']
    throw hint === undefined ? error : new Error(hint, { cause: error })
  }
}

/** https://learn.microsoft.com/graph/api/resources/applicationauthenticationmethodpolicy */
const policyHints: Readonly<Record<string, string>> = {
  CredentialInvalidLifetimeAsPerAppPolicy: `a policy of the tenant caps how long a client secret \
lives: azd env set CLIENT_SECRET_DAYS <fewer days>, or use a credential that is no secret: azd env set \
CLIENT_CREDENTIAL federated`,
  CredentialTypeNotAllowedAsPerAppPolicy: `a policy of the tenant forbids client secrets: use a \
credential that is none: azd env set CLIENT_CREDENTIAL federated`,
}

async function removeExpired(options: ClientSecretOptions): Promise<void> {
  const { graph, clientId, displayName, now, log } = options
  const passwords = await graph.listPasswords(clientId)
  const expired = passwords.filter(
    (password) => password.displayName === displayName && new Date(password.endDateTime) <= now,
  )
  for (const { keyId, endDateTime } of expired) {
    await graph.removePassword(clientId, keyId)
    log(`removed the client secret that expired on ${endDateTime.slice(0, 10)}`)
  }
}

function createdAt({ createdOn }: SecretProperties): number {
  return createdOn?.getTime() ?? 0
}

function daysUntil(date: Date, now: Date): number {
  return (date.getTime() - now.getTime()) / dayMs
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}
