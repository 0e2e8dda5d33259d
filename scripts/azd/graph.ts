/** What a deployment hook asks of Microsoft Graph; `id` is the object id of the registration. */
export interface Graph {
  /** Finds a registration by its alternate key. */
  findApplication(uniqueName: string): Promise<Application | undefined>
  /** Makes a new client secret, which Graph shows this one time. */
  addPassword(clientId: string, password: NewPassword): Promise<CreatedPassword>
  listPasswords(clientId: string): Promise<readonly Password[]>
  removePassword(clientId: string, keyId: string): Promise<void>
  /** Deletes a registration, which can be restored for 30 days. */
  deleteApplication(id: string): Promise<void>
  /** Deletes a deleted registration for good. */
  purgeApplication(id: string): Promise<void>
}

/** An app registration. */
export interface Application {
  readonly id: string
  readonly appId: string
  readonly displayName: string
}

/** A client secret as Graph lists it: without its value. */
export interface Password {
  readonly keyId: string
  readonly displayName: string | null
  readonly endDateTime: string
}

/** What a new client secret is to be called and how long it lives. */
export interface NewPassword {
  readonly displayName: string
  readonly endDateTime: string
}

/** A new client secret with its value. */
export interface CreatedPassword extends Password {
  readonly secretText: string
}

/** Where Graph is, how to get a token for it, and how to wait. */
export interface GraphOptions {
  readonly url: string
  readonly token: () => Promise<string>
  readonly wait: (seconds: number) => Promise<void>
}

/** Graph answered with an error; the message has its code, never what was sent. */
class GraphError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string) {
    super(`Microsoft Graph answered ${status} ${code}`)
    this.name = 'GraphError'
    this.status = status
    this.code = code
  }
}

/**
 * Talks to Microsoft Graph v1.0. Calls that are throttled or not yet answered by every replica of
 * the directory, which takes a new registration some seconds, are tried again for about a minute.
 * https://learn.microsoft.com/graph/api/application-addpassword
 */
export function createGraph(options: GraphOptions): Graph {
  const call = (method: string, path: string, body?: object): Promise<unknown> =>
    callGraph(options, { method, path, ...(body === undefined ? {} : { body }) })
  const application = (clientId: string): string => `/v1.0/applications(appId='${clientId}')`
  return {
    async findApplication(uniqueName) {
      const path = `/v1.0/applications(uniqueName='${uniqueName}')?$select=id,appId,displayName`
      // Absent is an answer here, not a replica that lags behind.
      const found = await sendOnce(options, { method: 'GET', path })
      return found.status === 404 ? undefined : ((await read(found)) as Application)
    },
    async addPassword(clientId, passwordCredential) {
      const path = `${application(clientId)}/addPassword`
      return (await call('POST', path, { passwordCredential })) as CreatedPassword
    },
    async listPasswords(clientId) {
      const path = `${application(clientId)}?$select=passwordCredentials`
      const found = (await call('GET', path)) as { passwordCredentials: Password[] }
      return found.passwordCredentials
    },
    async removePassword(clientId, keyId) {
      await call('POST', `${application(clientId)}/removePassword`, { keyId })
    },
    async deleteApplication(id) {
      await call('DELETE', `/v1.0/applications/${id}`)
    },
    async purgeApplication(id) {
      await call('DELETE', `/v1.0/directory/deletedItems/${id}`)
    },
  }
}

interface GraphCall {
  readonly method: string
  readonly path: string
  readonly body?: object
}

const passing = [404, 429, 500, 502, 503, 504]
const attempts = 6

async function callGraph(options: GraphOptions, call: GraphCall): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await sendOnce(options, call)
    if (attempt === attempts || !passing.includes(response.status)) return read(response)
    const asked = Number(response.headers.get('retry-after'))
    await options.wait(asked > 0 ? Math.min(asked, 30) : 2 * attempt)
  }
}

async function sendOnce(options: GraphOptions, call: GraphCall): Promise<Response> {
  return fetch(`${options.url}${call.path}`, {
    method: call.method,
    headers: {
      authorization: `Bearer ${await options.token()}`,
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    redirect: 'error',
    signal: AbortSignal.timeout(30_000),
  })
}

async function read(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined
  const text = await response.text()
  if (response.ok) return JSON.parse(text)
  throw new GraphError(response.status, errorCode(text))
}

function errorCode(text: string): string {
  return /"code"\s*:\s*"(\w{1,80})"/.exec(text)?.[1] ?? 'without a code'
}
