/** How to wait, and whom to tell. */
export interface RetryOptions {
  readonly wait: (seconds: number) => Promise<void>
  readonly log: (line: string) => void
}

const pauseSeconds = 15
const attempts = 24

/**
 * Calls the vault, and again for up to six minutes while it says that the caller has no role: one
 * that was assigned just now takes some minutes to be known. A closed network is an error at once.
 */
export async function retryWhileRolesSpread<Result>(
  { wait, log }: RetryOptions,
  call: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call()
    } catch (error) {
      if (!isForbidden(error)) throw error
      if (isClosedNetwork(error)) throw new Error(closedNetwork, { cause: error })
      if (attempt === attempts) throw new Error(noRole, { cause: error })
      if (attempt === 1) log('waiting until the role on the vault is known everywhere')
      await wait(pauseSeconds)
    }
  }
}

const closedNetwork = `the vault is closed to this machine (privateNetworking). Either run this within \
the virtual network, or use a credential that is no secret: azd env set CLIENT_CREDENTIAL federated`

const noRole = `the vault answers 403: whoever is signed in to azd needs the role "Key Vault Secrets \
Officer" on the client secret (parameter deployerPrincipalId)`

function isForbidden(error: unknown): boolean {
  return (error as { statusCode?: unknown } | undefined)?.statusCode === 403
}

function isClosedNetwork(error: unknown): boolean {
  const { message, details } = error as { message?: string; details?: unknown }
  const said = `${message ?? ''} ${JSON.stringify(details ?? '')}`
  return /ForbiddenBy(Connection|Firewall)|[Pp]ublic network access is disabled/.test(said)
}
